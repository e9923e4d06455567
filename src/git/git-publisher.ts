import { dirname } from "node:path";
import { OperationError } from "../base/errors.ts";
import { againAfterLostRaces, LostRaceError } from "../base/lost-race.ts";
import type { Holder } from "../base/process-identity.ts";
import {
  formatCommitMessage,
  placeStateFiles,
  type StateCommit,
  type StateFile,
} from "../model/state-commit.ts";
import type { PublishOutcome, StatePublisher } from "../ports.ts";
import { advanceLocalBranch, readTip } from "./advance-local-branch.ts";
import { buildCommit } from "./build-commit.ts";
import { createFilesPublisher } from "./files-publisher.ts";
import type { Environment } from "./git-environment.ts";
import { classifyGitFailure, toOperationError } from "./git-trouble.ts";
import { locateRepository, type Repository, stateFolderOf } from "./locate-repository.ts";
import { findSpecCommit } from "./open-clone.ts";
import { pushCommit, withRemoteTip } from "./remote-branch.ts";
import { resolveTarget, type StateTarget } from "./resolve-target.ts";
import { createGitRunner, GitFailure, type RunGit, withoutSshPrompts } from "./run-git.ts";

/*
 * How a transition gets into git. One attempt:
 *
 *   1. Find the branch and its remote. Fetch the remote's tip; without a remote, read the local branch's.
 *   2. Render the files, and build a commit of them on that tip. The same content as there: nothing to do.
 *   3. Push the commit to the branch, fast-forward only. Without a remote, fast-forward the local branch.
 *   4. Bring the local branch along, where nothing of the user's is in the way.
 *
 * Someone else was faster in step 3: begin again with step 1, up to 8 times. Any other failure ends it at once, as
 * OperationError. So the branch only ever gains commits that build on all others, nobody's work is overwritten, and a
 * crash anywhere leaves at most objects that git will collect, and a ref or lock that a later publication takes away.
 */

export interface GitPublisherOptions {
  /** The file that holds the spec, absolute. */
  readonly specFile: string;
  /** Branch for state only; null: the branch that is checked out. */
  readonly stateBranch: string | null;
  /** The branch to take where HEAD is detached; in GitHub Actions `GITHUB_REF_NAME` of a branch. */
  readonly fallbackBranch: string | null;
  readonly env: Environment;
  readonly holder: Holder;
  /** Last line of defence (I9) for files, messages and errors. */
  readonly redact: (text: string) => string;
}

/**
 * Finds out where state goes: to the repository that holds the spec, else to files beside it.
 * @throws OperationError where git refuses to work in the repository.
 */
export async function createGitPublisher(options: GitPublisherOptions): Promise<StatePublisher> {
  const plainRun = createGitRunner(dirname(options.specFile), options.env, options.redact);
  const repository = await locateRepository(plainRun, options.specFile);
  if (repository === null) {
    return createFilesPublisher(stateFolderOf(options.specFile), options.redact);
  }
  const run = await withoutSshPrompts(plainRun, options.env);
  return {
    publish: (commit, render) => publishToGit({ run, repository, options, commit, render }),
    specCommit: () => findSpecCommit(run),
  };
}

interface Publication {
  readonly run: RunGit;
  readonly repository: Repository;
  readonly options: GitPublisherOptions;
  readonly commit: StateCommit;
  readonly render: () => Promise<readonly StateFile[]>;
}

async function publishToGit(publication: Publication): Promise<PublishOutcome> {
  return againAfterLostRaces(() => attemptToPublish(publication));
}

async function attemptToPublish(publication: Publication): Promise<PublishOutcome> {
  const { run, options } = publication;
  const target = await resolveTarget(run, options.stateBranch, options.fallbackBranch);
  const { branch, ref, remote } = target;
  try {
    if (remote === null) return await publishLocally(publication, target);
    return await withRemoteTip(run, remote, ref, async (tip) => {
      if (tip === null && !target.isOwnBranch) return publishLocally(publication, target);
      return publishToRemote(publication, target, remote, tip);
    });
  } catch (error) {
    throw describeFailure(
      error,
      remote === null ? `branch ${branch}` : `branch ${branch} of ${remote}`,
    );
  }
}

async function publishToRemote(
  publication: Publication,
  target: StateTarget,
  remote: string,
  tip: string | null,
): Promise<PublishOutcome> {
  const { run, repository, options } = publication;
  const { ref, branch } = target;
  const commit = await buildStateCommit(publication, tip ?? (await readTip(run, ref)));
  if (commit === null) return { kind: "unchanged" };
  await pushCommit(run, remote, ref, commit);
  const outcome = await advanceLocalBranch(run, repository, options.holder, {
    ref,
    commit,
    canCreate: false,
  }).catch(() => ({ kind: "diverged" }) as const);
  const isBehind = outcome.kind === "diverged" || outcome.kind === "obstructed";
  const notice = isBehind
    ? `State is on ${remote}/${branch}; your local ${branch} was left alone, git pull brings it in`
    : null;
  return { kind: "committed", commit, branch, isPushed: true, notice };
}

/** Without a remote, or on a branch that the remote does not have: pushing that one would publish the user's own commits. */
async function publishLocally(
  publication: Publication,
  target: StateTarget,
): Promise<PublishOutcome> {
  const { run, repository, options } = publication;
  const { ref, branch, remote } = target;
  const commit = await buildStateCommit(publication, await readTip(run, ref));
  if (commit === null) return { kind: "unchanged" };
  const outcome = await advanceLocalBranch(run, repository, options.holder, {
    ref,
    commit,
    canCreate: true,
  });
  if (outcome.kind === "obstructed") throw obstructed(branch, outcome.reason);
  if (outcome.kind !== "advanced") throw lostRace(`branch ${branch}`, undefined);
  const missing = remote === null ? "there is no remote" : `${remote} does not have ${branch} yet`;
  const notice = `State was committed to ${branch} and not pushed, since ${missing}`;
  return { kind: "committed", commit, branch, isPushed: false, notice };
}

async function buildStateCommit(
  publication: Publication,
  parent: string | null,
): Promise<string | null> {
  const { run, repository, options, commit, render } = publication;
  const rendered = await render();
  const files = placeStateFiles(repository.stateFolder, commit.migration, rendered).map(
    ({ path, content }) => ({ path, content: options.redact(content) }),
  );
  const message = options.redact(formatCommitMessage(commit));
  return buildCommit(run, parent, files, message);
}

/** What git and the file system report becomes OperationError; anything else, as from `render`, stays what it is. */
function describeFailure(error: unknown, object: string): unknown {
  if (!(error instanceof GitFailure) && !isSystemError(error)) return error;
  return classifyGitFailure(error) === "race"
    ? lostRace(object, error)
    : toOperationError(error, "publish state", object);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function lostRace(object: string, cause: unknown): LostRaceError {
  return new LostRaceError({
    operation: "publish state",
    object,
    isRetryable: true,
    hint: "Others keep changing the branch; state is published with the next transition",
    ...(cause === undefined ? {} : { cause }),
  });
}

function obstructed(branch: string, reason: GitFailure): OperationError {
  if (classifyGitFailure(reason) === "race") return lostRace(`branch ${branch}`, reason);
  return new OperationError({
    operation: "publish state",
    object: `branch ${branch}`,
    isRetryable: false,
    cause: reason,
    hint: "Commit or put away the changes in the work tree that are in the way",
  });
}
