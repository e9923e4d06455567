import type { Holder } from "../base/process-identity.ts";
import { GitFailure, mustRunGit, type RunGit } from "./run-git.ts";
import { withCloneLock } from "./clone-lock.ts";
import type { Repository } from "./locate-repository.ts";

export type AdvanceOutcome =
  | { readonly kind: "advanced" }
  /** No branch of that name in this clone. */
  | { readonly kind: "absent" }
  /** The branch has commits that the new one does not build on. */
  | { readonly kind: "diverged" }
  /** The branch is checked out, and git would have to overwrite changes (or is in the middle of a merge). */
  | { readonly kind: "obstructed"; readonly reason: GitFailure };

interface AdvanceRequest {
  readonly ref: string;
  readonly commit: string;
  /** Whether the branch is created where it does not exist. */
  readonly canCreate: boolean;
}

/**
 * Fast-forwards a local branch to `commit`. Where the branch is checked out, files move along with it, by git's own
 * fast-forward merge: it keeps staged and unstaged changes, and refuses as a whole when one of them is in the way.
 */
export async function advanceLocalBranch(
  run: RunGit,
  repository: Repository,
  holder: Holder,
  request: AdvanceRequest,
): Promise<AdvanceOutcome> {
  return withCloneLock(repository.commonDirectory, holder, async () => {
    const tip = await readTip(run, request.ref);
    if (tip === null && !request.canCreate) return { kind: "absent" };
    if (tip === request.commit) return { kind: "advanced" };
    if (tip !== null && !(await isAncestor(run, tip, request.commit))) return { kind: "diverged" };
    const checkout = await findCheckout(run, repository, request.ref);
    if (checkout === null) return moveRef(run, request, tip);
    return fastForward(run, checkout, request.commit);
  });
}

/** Hash of the commit at a ref, null where there is none. */
export async function readTip(run: RunGit, ref: string): Promise<string | null> {
  const result = await run(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  return result.exitCode === 0 ? result.stdout : null;
}

async function isAncestor(run: RunGit, ancestor: string, commit: string): Promise<boolean> {
  return (await run(["merge-base", "--is-ancestor", ancestor, commit])).exitCode === 0;
}

/** The work tree that has the branch checked out. */
async function findCheckout(
  run: RunGit,
  repository: Repository,
  ref: string,
): Promise<string | null> {
  const head = await run(["symbolic-ref", "--quiet", "HEAD"]);
  if (head.stdout === ref) return repository.root;
  const listing = await mustRunGit(run, ["worktree", "list", "--porcelain"]);
  for (const block of listing.split("\n\n")) {
    const lines = block.split("\n");
    if (lines.includes(`branch ${ref}`)) return lines[0]?.replace(/^worktree /, "") ?? null;
  }
  return null;
}

/** Compare-and-set: fails when the branch has moved since `tip` was read. */
async function moveRef(
  run: RunGit,
  request: AdvanceRequest,
  tip: string | null,
): Promise<AdvanceOutcome> {
  const { ref, commit } = request;
  const command = tip === null ? `create ${ref} ${commit}` : `update ${ref} ${commit} ${tip}`;
  const result = await run(["update-ref", "--stdin"], { input: `${command}\n` });
  return result.exitCode === 0 ? { kind: "advanced" } : { kind: "diverged" };
}

async function fastForward(run: RunGit, checkout: string, commit: string): Promise<AdvanceOutcome> {
  const flags = ["--ff-only", "--no-stat", "--no-autostash", "--no-verify-signatures", "--quiet"];
  const result = await run(["merge", ...flags, commit], { directory: checkout });
  if (result.exitCode === 0) return { kind: "advanced" };
  return { kind: "obstructed", reason: new GitFailure("merge", result) };
}
