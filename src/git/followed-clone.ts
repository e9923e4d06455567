/**
 * A clone that follows a branch. Guarantees: a work tree never changes once it is handed out, so that whoever reads specs there sees
 * those of one commit; nothing of the remote is written; what was fetched outlives the process.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { OperationError, UserError } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { Checkout, FollowedClone, PullOutcome } from "../ports.ts";
import { readTip } from "./advance-local-branch.ts";
import { claimFolder, type FolderClaimant } from "./claim-folder.ts";
import type { Environment } from "./git-environment.ts";
import { toOperationError } from "./git-trouble.ts";
import type { RepositoryAddress } from "./repository-address.ts";
import { createGitRunner, mustRunGit, type RunGit, withoutSshPrompts } from "./run-git.ts";

export interface FollowedCloneOptions {
  readonly address: RepositoryAddress;
  readonly branch: string;
  /** Files and directories that hold specs, relative to the repository's root. */
  readonly specPaths: readonly string[];
  /** Folder of this process alone; made where there is none. */
  readonly folder: string;
  readonly env: Environment;
  readonly redact: (text: string) => string;
  readonly claimant: FolderClaimant;
  readonly clock: Clock;
  /** Ends what is being fetched. */
  readonly stop: AbortSignal;
}

/** Reading a work tree takes far less: whoever began with one before the next came is done by then. */
const KEPT_MS = 60_000;

/** What `renderStateFiles` writes: another commit of state is no change of specs. */
const STATE_FILES = ["status.yaml", "events/*", "plan.json", "report.md", "report.html"];

/**
 * Makes the clone, or goes on with the one that is in the folder; asks nothing of the remote.
 *
 * @throws UserError where another process uses the folder, or it cannot be written.
 */
export async function openFollowedClone(options: FollowedCloneOptions): Promise<FollowedClone> {
  const { folder, address, env, redact, stop } = options;
  const release = await claimFolder(folder, options.claimant);
  const repository = join(folder, "repository");
  const trees = join(folder, "trees");
  await rm(trees, { recursive: true, force: true });
  await removeLocks(join(repository, ".git"));
  await Promise.all([repository, trees].map(async (path) => mkdir(path, { recursive: true })));
  const plainRun = createGitRunner(repository, env, redact, stop);
  // Does nothing where there is one.
  await mustRunGit(plainRun, ["init", "--quiet", "--initial-branch=main", "."]);
  await refuseBadName(plainRun, options.branch);
  await mustRunGit(plainRun, ["config", "remote.origin.url", address.url]);
  await mustRunGit(plainRun, ["worktree", "prune"]);
  const run = await withoutSshPrompts(plainRun, env);
  return new Clone(run, trees, options, release);
}

/** Those of a git that was killed; nobody else works here. */
async function removeLocks(gitFolder: string): Promise<void> {
  const entries = await readdir(gitFolder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(gitFolder, entry.name);
    if (entry.isDirectory() && entry.name !== "objects") await removeLocks(path);
    else if (entry.name.endsWith(".lock")) await rm(path, { force: true });
  }
}

async function refuseBadName(run: RunGit, branch: string): Promise<void> {
  const { exitCode } = await run(["check-ref-format", `refs/heads/${branch}`]);
  if (exitCode === 0 && !branch.startsWith("-")) return;
  throw new UserError({
    code: "no-branch-name",
    place: safeText(branch),
    problem: "git takes no such name for a branch",
    remedy: "Correct --branch",
  });
}

interface Tree {
  readonly checkout: Checkout;
  /** When another one took its place; null: it has none yet. */
  followedAtMs: number | null;
}

class Clone implements FollowedClone {
  readonly #run: RunGit;
  readonly #folder: string;
  readonly #options: FollowedCloneOptions;
  readonly #release: () => Promise<void>;
  readonly #trees = new Map<string, Tree>();
  /** Of this branch of this address: the folder may have been another's before. */
  readonly #ref: string;
  #tip: string | null = null;
  #current: Tree | null = null;

  constructor(
    run: RunGit,
    folder: string,
    options: FollowedCloneOptions,
    release: () => Promise<void>,
  ) {
    this.#run = run;
    this.#folder = folder;
    this.#options = options;
    this.#release = release;
    const what = `${options.address.url}\n${options.branch}`;
    this.#ref = `refs/mongoferry/followed-${createHash("sha256").update(what).digest("hex")}`;
  }

  get current(): Checkout | null {
    return this.#current?.checkout ?? null;
  }

  async pull(): Promise<PullOutcome> {
    try {
      await this.#fetch();
    } catch (error) {
      if (this.#current === null) await this.#checkOutKnown();
      throw this.#describe(error);
    }
    try {
      const tip = await mustRunGit(this.#run, ["rev-parse", "--verify", `${this.#ref}^{commit}`]);
      const isForced = this.#tip !== null && !(await this.#isAncestor(this.#tip, tip));
      return { checkout: await this.#checkOut(tip), isForced };
    } catch (error) {
      throw toOperationError(error, "check out the specs", this.#options.folder);
    }
  }

  async #fetch(): Promise<void> {
    const flags = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap="];
    const refs = `+refs/heads/${this.#options.branch}:${this.#ref}`;
    await mustRunGit(this.#run, ["fetch", ...flags, "--progress", "origin", refs]);
  }

  /** The remote is away just when the process begins: what was fetched by an earlier one holds. */
  async #checkOutKnown(): Promise<void> {
    const tip = await readTip(this.#run, this.#ref);
    if (tip !== null) await this.#checkOut(tip).catch(() => {});
  }

  async #checkOut(tip: string): Promise<Checkout> {
    const before = this.#current;
    if (before !== null && tip === this.#tip) return before.checkout;
    const specsCommit = await this.#lastChange(tip);
    if (before !== null && specsCommit === before.checkout.specsCommit) {
      this.#tip = tip;
      return before.checkout;
    }
    const tree = this.#trees.get(tip) ?? (await this.#addTree(tip, specsCommit));
    tree.followedAtMs = null;
    if (before !== null) before.followedAtMs = this.#options.clock.monotonicMs();
    this.#tip = tip;
    this.#current = tree;
    return tree.checkout;
  }

  async #addTree(commit: string, specsCommit: string | null): Promise<Tree> {
    const root = join(this.#folder, commit);
    // What an attempt has left that was broken off.
    await rm(root, { recursive: true, force: true });
    await mustRunGit(this.#run, [
      "worktree",
      "add",
      "--quiet",
      "--force",
      "--detach",
      root,
      commit,
    ]);
    const tree: Tree = { checkout: { root, commit, specsCommit }, followedAtMs: null };
    this.#trees.set(commit, tree);
    return tree;
  }

  async #lastChange(tip: string): Promise<string | null> {
    const paths = this.#options.specPaths.map((path) => `:(top,literal)${path}`);
    const state = STATE_FILES.map((name) => `:(exclude,top,glob)**/state/*/${name}`);
    const args = ["log", "--first-parent", "--max-count=1", "--format=%H", tip, "--"];
    const found = await mustRunGit(this.#run, [...args, ...paths, ...state]);
    return found === "" ? null : found;
  }

  async #isAncestor(ancestor: string, commit: string): Promise<boolean> {
    const result = await this.#run(["merge-base", "--is-ancestor", ancestor, commit]);
    return result.exitCode === 0;
  }

  async prune(inUse: ReadonlySet<string>): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [commit, { checkout, followedAtMs }] of this.#trees) {
      const isOld = followedAtMs !== null && nowMs - followedAtMs > KEPT_MS;
      if (!isOld || inUse.has(checkout.root)) continue;
      this.#trees.delete(commit);
      await this.#run(["worktree", "remove", "--force", checkout.root]);
    }
  }

  #describe(error: unknown): OperationError {
    const { branch, address } = this.#options;
    const object = `branch ${branch} of ${address.url}`;
    const isGone = error instanceof Error && error.message.includes("couldn't find remote ref");
    if (!isGone) return toOperationError(error, "read the specs", object);
    return new OperationError({
      operation: "read the specs",
      object,
      isRetryable: true,
      cause: "there is no such branch",
      hint: "It was deleted, or is spelled otherwise",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }
}
