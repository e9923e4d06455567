import { dirname } from "node:path";
import { STATE_TRAILER } from "../model/state-commit.ts";
import { readTip } from "./advance-local-branch.ts";
import type { GitPublisherOptions } from "./git-publisher.ts";
import { locateRepository } from "./locate-repository.ts";
import { resolveTarget } from "./resolve-target.ts";
import { createGitRunner, mustRunGit, type RunGit } from "./run-git.ts";

/** What the clone that holds a spec says of where state goes, for those who commit it without git. */
export interface SpecClone {
  /** Folder of all state, relative to the repository's root. */
  readonly stateFolder: string;
  /**
   * Asked for each publication, since people switch branches.
   * @throws OperationError for a detached HEAD without a fallback.
   */
  branch(): Promise<string>;
  specCommit(): Promise<string | null>;
}

/** Null where the spec is in no repository. */
export async function openClone(
  options: Omit<GitPublisherOptions, "holder">,
): Promise<SpecClone | null> {
  const { specFile, stateBranch, fallbackBranch, env, redact } = options;
  const run = createGitRunner(dirname(specFile), env, redact);
  const repository = await locateRepository(run, specFile);
  if (repository === null) return null;
  return {
    stateFolder: repository.stateFolder,
    branch: async () => (await resolveTarget(run, stateBranch, fallbackBranch)).branch,
    specCommit: async () => findSpecCommit(run),
  };
}

/** State commits are passed over, so that it stays the same when state was published in between. */
export async function findSpecCommit(run: RunGit): Promise<string | null> {
  const head = await readTip(run, "HEAD");
  if (head === null) return null;
  const others = ["--invert-grep", `--grep=^${STATE_TRAILER}: `];
  const args = ["rev-list", "--max-count=1", "--first-parent", ...others, head];
  const found = await mustRunGit(run, args);
  // A shallow clone may hold nothing else.
  return found === "" ? head : found;
}
