/** The real command line as a child process, in a temporary git repository of its own. */
import { execa } from "execa";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

export interface CliFixture extends AsyncDisposable {
  readonly directory: string;
  /** Writes `migrations/<name>.yaml` with two connections and a migration that has these lines under `spec:`. */
  writeSpec(name: string, lines: readonly string[]): Promise<void>;
  /** The same without a commit, as somebody's editor does. */
  editSpec(name: string, lines: readonly string[]): Promise<void>;
  readSpec(name: string): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  /** Starts the program; its promise never rejects for an exit code. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>, program?: string): CliRun;
}

export async function openCliFixture(env: Readonly<Record<string, string>>): Promise<CliFixture> {
  const directory = await mkdtemp(join(tmpdir(), "mongoferry-cli-"));
  const gitEnv = {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "test",
    GIT_COMMITTER_EMAIL: "test@example.com",
  };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execa("git", args, { cwd: directory, env: gitEnv })).stdout;
  await git("init", "--quiet", "--initial-branch=main");
  await mkdir(join(directory, "migrations"));
  const editSpec = async (name: string, lines: readonly string[]): Promise<void> => {
    await writeFile(join(directory, "migrations", `${name}.yaml`), specOf(name, lines));
  };
  return {
    directory,
    git,
    editSpec,
    readSpec: async (name) => readFile(join(directory, "migrations", `${name}.yaml`), "utf8"),
    async writeSpec(name, lines) {
      await editSpec(name, lines);
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", `spec ${name}`);
    },
    start: (args, more = {}, program = CLI) =>
      startCli(directory, program, args, { ...gitEnv, ...env, ...more }),
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type CliRun = ReturnType<typeof startCli>;

function startCli(
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  return execa(process.execPath, [program, ...args], { cwd, env, reject: false });
}

/** Longer than any test waits for one line, also on a busy machine. */
const PRINTED_WITHIN_MS = 60_000;

/**
 * Resolves once the text has appeared on standard error from now on, or the process has ended. The stream stays open.
 *
 * @throws Error with what was printed instead, when the text does not come.
 */
export async function hasPrinted(run: CliRun, text: string): Promise<void> {
  if (run.exitCode !== null || run.signalCode !== null) return;
  let seen = "";
  await new Promise<void>((resolve, reject) => {
    const tooLate = setTimeout(() => {
      reject(new Error(`did not print "${text}", but: ${seen}`));
    }, PRINTED_WITHIN_MS);
    const end = (): void => {
      clearTimeout(tooLate);
      resolve();
    };
    run.stderr.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) end();
    });
    run.once("exit", end);
  });
}

export function specOf(name: string, lines: readonly string[]): string {
  return [
    ...connectionOf("source", "SOURCE_URI"),
    ...connectionOf("destination", "DESTINATION_URI"),
    "apiVersion: mongoferry.dev/v1",
    "kind: Migration",
    `metadata: {name: ${name}}`,
    "spec:",
    "  source: {connection: source}",
    "  destination: {connection: destination}",
    ...lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function connectionOf(end: string, variable: string): string[] {
  return [
    "apiVersion: mongoferry.dev/v1",
    "kind: Connection",
    `metadata: {name: ${end}}`,
    "spec:",
    "  provider: mongodb",
    `  uri: {env: ${variable}}`,
    "---",
  ];
}
