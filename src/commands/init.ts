import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExitCode, UserError } from "../base/errors.ts";
import { safeJson, safeText } from "../base/safe-text.ts";
import { packageRoot } from "../base/package-root.ts";
import { openSpecHistory } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";

export interface InitOptions extends Pick<
  CommandContext,
  "cwd" | "env" | "redactor" | "output" | "stdout"
> {
  readonly name: string;
  readonly database: string;
  readonly source: Provider;
  readonly destination: Provider;
  /** `OWNER/NAME@COMMIT` of the action; null: that of this release. */
  readonly action: string | null;
  /** That pull requests are merged into; null: the default one of the remote. */
  readonly branch: string | null;
}

export type Provider = "atlas" | "apsaradb" | "mongodb";

const TEMPLATES = new URL("templates/", packageRoot);
/** Written when a release is packed (scripts/stamp-release.mjs). */
const RELEASE = new URL("dist/release.json", packageRoot);
const SOURCE_ENV = "SOURCE_URI";
const DESTINATION_ENV = "DESTINATION_URI";

const stepsFor = (branch: string): readonly string[] => [
  `Store the connection strings as secrets of the repository: ${SOURCE_ENV} and ${DESTINATION_ENV}`,
  "Allow workflows to write (Settings, Actions, General), or the comment and the state files are refused",
  `Commit and push this to ${branch}, for which the workflows are: pull requests use secrets only with connections that are there`,
  "Open a pull request that sets desiredState: running, read its comment, and merge it to start",
];

/** `mongoferry init`: what a repository needs for migrations by pull requests. Leaves what is there as it is. */
export async function runInit(options: InitOptions): Promise<ExitCode> {
  const action = await chooseAction(options.action);
  const branch = await chooseBranch(options);
  const values: Readonly<Record<string, string>> = {
    ACTION: action,
    BRANCH: JSON.stringify(branch),
    SCHEMA: schemaOf(action),
    NAME: options.name,
    DATABASE: JSON.stringify(options.database),
    SOURCE_PROVIDER: options.source,
    DESTINATION_PROVIDER: options.destination,
    SOURCE_ENV,
    DESTINATION_ENV,
  };
  const files = [
    ["migrations/defaults.yaml", "defaults.yaml"],
    [`migrations/${options.name}.yaml`, "migration.yaml"],
    [".github/workflows/mongoferry-plan.yml", "workflows/mongoferry-plan.yml"],
    [".github/workflows/mongoferry-migrate.yml", "workflows/mongoferry-migrate.yml"],
  ] as const;
  const written: string[] = [];
  const left: string[] = [];
  for (const [path, template] of files) {
    const text = await readFile(new URL(template, TEMPLATES), "utf8");
    const isWritten = await writeNew(resolve(options.cwd, path), fill(text, values));
    (isWritten ? written : left).push(path);
  }
  options.stdout(render({ written, left, nextSteps: stepsFor(safeText(branch)) }, options));
  return ExitCode.done;
}

/** @throws UserError anywhere but at the top of a repository: GitHub looks for workflows only there. */
async function chooseBranch(options: InitOptions): Promise<string> {
  const history = await openSpecHistory(options, []);
  if (history === null) {
    throw new UserError({
      code: "no-repository",
      place: "working directory",
      problem: "it is in no git repository",
      remedy: "Go to the repository that is to hold your migrations, or make one with `git init`",
    });
  }
  if (history.root !== resolve(options.cwd)) {
    throw new UserError({
      code: "not-at-the-top",
      place: "working directory",
      problem: "it is not the top of its repository, where GitHub looks for workflows",
      remedy: `Run it in ${safeText(history.root)}`,
    });
  }
  const branch = options.branch ?? (await history.defaultBranch());
  if (branch !== null) return branch;
  throw new UserError({
    code: "no-branch",
    place: "--branch",
    problem: "no branch is checked out, and that of the remote is not known",
    remedy: "Name the one that pull requests are merged into, as in --branch main",
  });
}

async function chooseAction(named: string | null): Promise<string> {
  if (named !== null) return named;
  const text = await readFile(RELEASE, "utf8").catch(() => null);
  if (text !== null) return (JSON.parse(text) as { readonly action: string }).action;
  throw new UserError({
    code: "no-release",
    place: "--action",
    problem: "this program does not know which commit of the action is its own",
    remedy:
      "Name the commit with all its 40 digits, as in --action OWNER/mongoferry@COMMIT; npm run release:action makes one and prints it",
  });
}

/** Address of the schema as the action's commit has it, for editors. */
function schemaOf(action: string): string {
  const [repository = "", commit = ""] = action.split("@");
  return `https://raw.githubusercontent.com/${repository}/${commit}/schemas/mongoferry.schema.json`;
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/__([A-Z_]+)__/gu, (whole, name: string) => values[name] ?? whole);
}

/** Whether there was no such file. */
async function writeNew(file: string, text: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return false;
    throw error;
  }
}

interface Written {
  readonly written: readonly string[];
  readonly left: readonly string[];
  readonly nextSteps: readonly string[];
}

function render({ written, left, nextSteps }: Written, { output }: InitOptions): string {
  if (output === "json") return `${safeJson({ written, left, nextSteps }, 2)}\n`;
  const lines = [
    ...written.map((path) => `Wrote ${safeText(path)}`),
    ...left.map((path) => `Left ${safeText(path)} as it is`),
    "",
    "Next:",
    ...nextSteps.map((step, position) => `${position + 1}. ${step}`),
  ];
  return `${lines.join("\n")}\n`;
}
