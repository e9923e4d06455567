/** Processes that publish, ways to kill them at each step, and what has to hold afterwards. */
import { execa } from "execa";
import { createHash } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
// @ts-expect-error a script without types
import { bundle } from "../../../scripts/build.mjs";
import { groupBy } from "../../../src/base/group-by.ts";
import type { StateFile } from "../../../src/model/state-commit.ts";
import type { MigrationStore } from "../../../src/ports.ts";
import { renderStateFiles } from "../../../src/state/render-state-files.ts";
import { type GitSandbox, SPEC } from "../../integration/git/git-sandbox.ts";
import { type GitHubAccess, publishAll, type PublishArguments } from "./publish-all.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ENTRY = "test/support/publishing/publish-process.ts";

/** Bundles the program of `startPublishing` once for a test file; it lies below the project, as what it reads does. */
export async function bundlePublisher(): Promise<PublisherProgram> {
  const folder = join(ROOT, "node_modules/.cache/mongoferry-tests", String(process.pid));
  await bundle([ENTRY], folder);
  return {
    path: join(folder, "publish-process.js"),
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  };
}

export interface PublisherProgram extends AsyncDisposable {
  readonly path: string;
}

export interface PublishJob {
  /** The clone that it works in. */
  readonly folder: string;
  readonly storeUri: string;
  readonly migration: string;
  /** Records transitions until there are so many, and publishes each. */
  readonly upTo: number;
  readonly stateBranch?: string | null;
  /** Takes the migration also from a process that lives. */
  readonly canOvertake?: boolean;
  readonly github?: GitHubAccess | null;
}

/** Its promise never rejects. */
export function startPublishing(
  program: PublisherProgram,
  box: GitSandbox,
  job: PublishJob,
  env: Readonly<Record<string, string>> = {},
) {
  return execa(process.execPath, [program.path, JSON.stringify(argumentsOf(box, job))], {
    env: { ...box.env, ...env },
    extendEnv: false,
    reject: false,
  });
}

/** The same in this process, and what it has said of its publications. */
export async function publishHere(
  box: GitSandbox,
  job: PublishJob,
): Promise<readonly Publication[]> {
  const said: unknown[] = [];
  await publishAll(argumentsOf(box, job), box.env, (what) => said.push(what));
  return (said as Publication[]).filter(({ seq }) => seq !== undefined);
}

function argumentsOf(
  box: GitSandbox,
  { folder, stateBranch = null, canOvertake = false, github = null, ...job }: PublishJob,
): PublishArguments {
  return { ...job, specFile: `${box.path(folder)}/${SPEC}`, stateBranch, canOvertake, github };
}

/** What a process has said of its publications. */
export function publications(stdout: unknown): readonly Publication[] {
  const lines = String(stdout)
    .split("\n")
    .filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as Publication)
    .filter(({ seq }) => seq !== undefined);
}

interface Publication {
  readonly seq: number;
  readonly status: "true" | "false";
  readonly message: string;
}

export type KillMoment = "before" | "during" | "after";

/**
 * A `git` that kills the process which has started it, at one of its commands, so that nothing in the program has to know. `during` ends
 * that command, too, as when a machine goes down.
 */
export async function installKillingGit(box: GitSandbox): Promise<KillingGit> {
  const real = (await execa("sh", ["-c", "command -v git"])).stdout;
  const counter = box.path("git-commands");
  await box.write(
    "bin/git",
    `#!/bin/sh
n=0
[ ! -f "$KILL_COUNTER" ] || read -r n < "$KILL_COUNTER"
n=$((n + 1))
echo "$n" > "$KILL_COUNTER"
[ "$n" = "$KILL_AT" ] || exec "${real}" "$@"
case "$KILL_WHEN" in
before) ;;
during) exec 3<&0; "${real}" "$@" <&3 & sleep "0.00$((n % 8))"; kill -KILL $! ;;
after) "${real}" "$@" ;;
esac
kill -KILL "$PPID"
`,
  );
  await chmod(box.path("bin/git"), 0o755);
  return {
    async prepare(at, when) {
      await rm(counter, { force: true });
      return {
        PATH: `${box.path("bin")}${delimiter}${box.env["PATH"]}`,
        KILL_COUNTER: counter,
        KILL_AT: String(at),
        KILL_WHEN: when,
      };
    },
  };
}

interface KillingGit {
  /** Environment of a process that is to be killed at its command number `at`. */
  prepare(at: number, when: KillMoment): Promise<Readonly<Record<string, string>>>;
}

/** Every difference between what a branch holds and what it has to, and whatever is wrong with its history. */
export async function findPublishingFaults(
  box: GitSandbox,
  repository: string,
  branch: string,
  expected: readonly StateFile[],
): Promise<readonly string[]> {
  const merges = await box.git(repository, "rev-list", "--merges", branch);
  const listing = await box.git(repository, "ls-tree", "-r", "-z", branch, "state/");
  const actual = listing.split("\0").filter((line) => line !== "");
  const wanted = expected.map(({ path, content }) => `100644 blob ${hashBlob(content)}\t${path}`);
  const flags = ["--format=", "--name-status", "--no-renames", "--diff-merges=first-parent"];
  const log = await box.git(repository, "log", ...flags, branch, "--", ":(glob)state/*/events/*");
  const changes = groupBy(
    log.split("\n").filter((line) => line !== ""),
    (line) => line.split("\t")[1],
  );
  const changed = [...changes.values()].filter(
    (lines) => lines.length > 1 || lines[0]?.[0] !== "A",
  );
  return [
    ...(merges === "" ? [] : [`merges: ${merges}`]),
    ...actual.filter((line) => !wanted.includes(line)).map((line) => `is there: ${line}`),
    ...wanted.filter((line) => !actual.includes(line)).map((line) => `is not there: ${line}`),
    ...changed.map((lines) => `not just added once: ${lines.join(", ")}`),
  ];
}

/** What the repository has to hold of a migration. */
export async function renderStored(
  store: MigrationStore,
  migration: string,
  specCommit: string,
): Promise<readonly StateFile[]> {
  const run = await store.readRun(migration);
  if (run === null) return [];
  const transitions = await store.listTransitions(migration);
  const files = renderStateFiles({ run, transitions, specCommit, planJson: null, report: null });
  return files.map(({ path, content }) => ({ path: `state/${migration}/${path}`, content }));
}

function hashBlob(content: string): string {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
