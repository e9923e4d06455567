import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { OperationError } from "../base/errors.ts";
import type { SpecHistory } from "../ports.ts";
import { readTip } from "./advance-local-branch.ts";
import type { Environment } from "./git-environment.ts";
import { locateRepository } from "./locate-repository.ts";
import { createGitRunner, mustRunGit, type RunGit } from "./run-git.ts";

export interface SpecHistoryOptions {
  readonly cwd: string;
  readonly env: Environment;
  readonly redact: (text: string) => string;
}

/** Null outside of any repository. */
export async function openSpecHistory(options: SpecHistoryOptions): Promise<SpecHistory | null> {
  const { cwd, env, redact } = options;
  const run = createGitRunner(cwd, env, redact);
  const repository = await locateRepository(run, join(cwd, "migrations"));
  if (repository === null) return null;
  const root = resolve(cwd, await mustRunGit(run, ["rev-parse", "--show-cdup"]));
  return new GitHistory(run, root, cwd);
}

class GitHistory implements SpecHistory {
  readonly root: string;
  readonly #run: RunGit;
  readonly #cwd: string;

  constructor(run: RunGit, root: string, cwd: string) {
    this.#run = run;
    this.root = root;
    this.#cwd = cwd;
  }

  async head(): Promise<string | null> {
    return readTip(this.#run, "HEAD");
  }

  async forkPoint(name: string): Promise<string> {
    const found = await this.#run(["merge-base", "HEAD", "--end-of-options", name]);
    if (found.exitCode === 0) return found.stdout;
    const shallow = await this.#run(["rev-parse", "--is-shallow-repository"]);
    throw new OperationError({
      operation: "find what the branch began with",
      object: JSON.stringify(name),
      isRetryable: false,
      cause: found.stderr === "" ? "there is no commit in common" : found.stderr,
      hint:
        shallow.stdout === "true"
          ? "The clone has a part of the history only: check out with `fetch-depth: 0`"
          : "Name a commit or branch that was fetched with --base",
    });
  }

  async resolve(name: string): Promise<string> {
    const verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    return mustRunGit(this.#run, [...verify, `${name}^{commit}`]);
  }

  async withCommit<T>(commit: string, work: (root: string) => Promise<T>): Promise<T> {
    const parent = await realpath(await mkdtemp(join(tmpdir(), "mongoferry-base-")));
    const folder = join(parent, "tree");
    try {
      // Work trees of one clone share nothing but objects and names.
      await mustRunGit(this.#run, ["worktree", "add", "--quiet", "--detach", folder, commit]);
      return await work(folder);
    } finally {
      await this.#run(["worktree", "remove", "--force", folder]);
      await rm(parent, { recursive: true, force: true });
    }
  }

  async listCommits(
    paths: readonly string[],
    most: number,
    tip = "HEAD",
  ): Promise<readonly string[]> {
    const flags = ["--first-parent", "--format=%H", `--max-count=${most}`];
    const below = paths.map((path) => `:(top,literal)${this.#fromRoot(path)}`);
    const text = await mustRunGit(this.#run, ["log", ...flags, tip, "--", ...below]);
    return text.split("\n").filter((line) => line !== "");
  }

  async branch(): Promise<string | null> {
    const { exitCode, stdout } = await this.#run(["symbolic-ref", "--quiet", "--short", "HEAD"]);
    return exitCode === 0 ? stdout : null;
  }

  async defaultBranch(): Promise<string | null> {
    const head = ["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"];
    const { exitCode, stdout } = await this.#run(head);
    const prefix = "refs/remotes/origin/";
    return exitCode === 0 && stdout.startsWith(prefix)
      ? stdout.slice(prefix.length)
      : this.branch();
  }

  #fromRoot(path: string): string {
    const from = relative(this.root, resolve(this.#cwd, path)).replaceAll("\\", "/");
    return from === "" ? "." : from;
  }
}
