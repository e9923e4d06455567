import { OperationError } from "../base/errors.ts";
import type { RunGit } from "./run-git.ts";

/** Where state is committed. */
export interface StateTarget {
  readonly branch: string;
  /** `refs/heads/` and the branch. */
  readonly ref: string;
  /** Name of a configured remote, never a URL (which may hold a token). Null: there is none. */
  readonly remote: string | null;
  /** A branch only for state: begins without a parent, and is created on the remote. */
  readonly isOwnBranch: boolean;
}

/**
 * Finds the branch and its remote. Asked for each publication, since people switch branches.
 * @throws OperationError for a detached HEAD without a fallback, and for names that are no branch names.
 */
export async function resolveTarget(
  run: RunGit,
  stateBranch: string | null,
  fallbackBranch: string | null,
): Promise<StateTarget> {
  const current = await currentBranch(run);
  const branch = stateBranch ?? current ?? fallbackBranch;
  if (branch === null) throw detachedHead();
  const ref = `refs/heads/${branch}`;
  const isValid = (await run(["check-ref-format", ref])).exitCode === 0;
  if (!isValid || branch.startsWith("-") || branch === "HEAD") throw noBranchName(branch);
  const remote = await chooseRemote(run, [branch, current]);
  return { branch, ref, remote, isOwnBranch: stateBranch !== null };
}

/** Short name of the branch that HEAD is on, also when it has no commit yet. Null: detached. */
async function currentBranch(run: RunGit): Promise<string | null> {
  const { exitCode, stdout } = await run(["symbolic-ref", "--quiet", "HEAD"]);
  return exitCode === 0 && stdout.startsWith("refs/heads/") ? stdout.slice(11) : null;
}

/** The upstream's remote of the first branch that has one, else `origin`. A URL or `.` as upstream does not count. */
async function chooseRemote(
  run: RunGit,
  branches: readonly (string | null)[],
): Promise<string | null> {
  const { exitCode, stdout } = await run(["remote"]);
  const remotes = new Set(exitCode === 0 ? stdout.split("\n").filter((name) => name !== "") : []);
  for (const branch of branches) {
    if (branch === null) continue;
    const upstream = await run(["config", "--get", `branch.${branch}.remote`]);
    if (upstream.exitCode === 0 && remotes.has(upstream.stdout)) return upstream.stdout;
  }
  return remotes.has("origin") ? "origin" : null;
}

function detachedHead(): OperationError {
  return new OperationError({
    operation: "publish state",
    object: "a detached HEAD",
    isRetryable: false,
    hint: "Check out a branch, or set state.branch in a Defaults document, so that state gets a branch of its own",
  });
}

function noBranchName(branch: string): OperationError {
  return new OperationError({
    operation: "publish state",
    object: `branch ${JSON.stringify(branch)}`,
    isRetryable: false,
    hint: "This is no name git accepts for a branch; correct state.branch",
  });
}
