/** Runs workflows as GitHub would for what happens in a repository: by `act`, on this machine, with what it is made for in its place. */
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STAND_INS = join(ROOT, "test/fixtures/actions");

export interface ActHostOptions {
  readonly act: string;
  /** Folder of the bare repository. */
  readonly bare: string;
  /** Address of the same that workflows clone and push. */
  readonly remote: string;
  readonly repository: string;
  readonly apiUrl: string;
  /** Folders of actions by `OWNER/NAME@COMMIT`, as the workflows have it. */
  readonly actions: Readonly<Record<string, string>>;
  /** By name; also `GITHUB_TOKEN`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the machine has in its environment, besides that of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

export interface WorkflowResult {
  readonly isSuccess: boolean;
  readonly log: string;
}

export interface ActHost extends AsyncDisposable {
  /** @param workflow - Name of the file. */
  run(workflow: string, event: string, description: object): Promise<WorkflowResult>;
}

export async function openActHost(options: ActHostOptions): Promise<ActHost> {
  const folder = await mkdtemp(join(tmpdir(), "mongoferry-act-"));
  // Steps inherit the environment of `act`, so secrets come from a file: they are seen where a workflow hands them over.
  const secrets = join(folder, "secrets");
  await writeFile(
    secrets,
    Object.entries(options.secrets)
      .map(([name, text]) => `${name}='${text}'\n`)
      .join(""),
  );
  const argumentsFor = ({ clone, file, workflow, actions }: Prepared): readonly string[] => [
    `--directory=${clone}`,
    `--workflows=.github/workflows/${workflow}`,
    `--eventpath=${file}`,
    "--platform=ubuntu-latest=-self-hosted",
    "--no-skip-checkout",
    "--no-cache-server",
    "--use-new-action-cache",
    `--action-cache-path=${join(folder, "cache")}`,
    `--secret-file=${secrets}`,
    ...assigned("var", options.variables),
    ...assigned("env", {
      GITHUB_API_URL: options.apiUrl,
      GITHUB_REPOSITORY: options.repository,
      STAND_IN_REMOTE: options.remote,
    }),
    ...actions.map((each) => `--local-repository=${each}`),
  ];
  const running = new Set<number>();
  let count = 0;
  return {
    async run(workflow, event, description) {
      const clone = join(folder, `clone-${++count}`);
      await execa("git", ["clone", "--quiet", options.bare, clone]);
      const file = join(folder, `event-${count}.json`);
      await writeFile(file, JSON.stringify(describeEvent(options.repository, description)));
      const path = join(clone, ".github/workflows", workflow);
      const actions = await localActions(path, options.actions);
      const run = execa(options.act, [event, ...argumentsFor({ clone, file, workflow, actions })], {
        env: options.env,
        all: true,
        reject: false,
        // A group of its own, so that all of it can be ended.
        detached: true,
      });
      if (run.pid !== undefined) running.add(run.pid);
      const { exitCode, all } = await run;
      if (run.pid !== undefined) running.delete(run.pid);
      return { isSuccess: exitCode === 0, log: all ?? "" };
    },
    async [Symbol.asyncDispose]() {
      for (const pid of running) process.kill(-pid, "SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Prepared {
  readonly clone: string;
  readonly file: string;
  readonly workflow: string;
  readonly actions: readonly string[];
}

function assigned(option: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, text]) => `--${option}=${name}=${text}`);
}

function describeEvent(repository: string, description: object): object {
  const [owner = "", name = ""] = repository.split("/");
  return {
    repository: { name, full_name: repository, default_branch: "main", owner: { login: owner } },
    ...description,
  };
}

/** What `act` takes as `NAME@REF=FOLDER`, for each action that the workflow uses. */
async function localActions(
  workflow: string,
  known: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { jobs } = parse(await readFile(workflow, "utf8")) as {
    readonly jobs: Readonly<Record<string, { readonly steps: readonly { uses?: string }[] }>>;
  };
  const used = Object.values(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses])),
  );
  return [...new Set(used)].map((uses) => {
    const [name = ""] = (uses.split("/")[1] ?? "").split("@");
    return `${uses}=${known[uses] ?? join(STAND_INS, name)}`;
  });
}
