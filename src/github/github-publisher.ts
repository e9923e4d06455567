import { OperationError } from "../base/errors.ts";
import { againAfterLostRaces } from "../base/lost-race.ts";
import {
  formatCommitMessage,
  placeStateFiles,
  type StateCommit,
  type StateFile,
} from "../model/state-commit.ts";
import type { PublishOutcome, StatePublisher } from "../ports.ts";
import { moveBranch, readBranchTip } from "./branch-tip.ts";
import { buildCommit } from "./build-commit.ts";
import { GitHubClient, type GitHubOptions, isStatus } from "./github-client.ts";

/*
 * How a transition gets into git where GitHub makes the commits. One attempt:
 *
 *   1. Ask for the branch's tip.
 *   2. Render the files, and have a commit of what differs made on that tip. The same content as there: nothing to do.
 *   3. Move the branch to the commit, fast-forward only.
 *
 * Somebody else was faster in step 3: begin again with step 1. Any other failure ends it, as OperationError. A crash, or an answer that
 * was lost, leaves objects that nobody sees, or a branch that has the content already when it is published again. The clone here is only
 * looked at.
 */

export interface GitHubPublisherOptions {
  /** Null: not known, outside of a workflow. */
  readonly github: GitHubOptions | null;
  /** The clone that holds the spec; null: it lies in none. */
  readonly clone: StatePlace | null;
  /** Whether the branch is one for state only, which is begun where there is none. */
  readonly isOwnBranch: boolean;
  /** Last line of defence (I9) for files, messages and errors. */
  readonly redact: (text: string) => string;
}

interface StatePlace {
  readonly stateFolder: string;
  branch(): Promise<string>;
  specCommit(): Promise<string | null>;
}

/**
 * Nothing falls back to git: who has asked for signed commits may have a rule that refuses others, and does not want to find them later.
 */
export function createGitHubPublisher(options: GitHubPublisherOptions): StatePublisher {
  const { github, clone } = options;
  if (clone === null) return unable(null, "the spec lies in no git repository", IN_A_CLONE);
  if (github === null) {
    return unable(clone, "it is not known which repository that is, and with which token", IN_ENV);
  }
  const client = new GitHubClient(github);
  return {
    publish: async (commit, render) =>
      againAfterLostRaces(async () => {
        const branch = await clone.branch();
        try {
          return await attemptToPublish({ client, options, clone, branch, commit, render });
        } catch (error) {
          throw isStatus(error, 422) ? refused(error, branch) : error;
        }
      }),
    specCommit: async () => clone.specCommit(),
  };
}

const IN_A_CLONE = "Work in a clone of the repository, or set `state.commits: git`";
const IN_ENV =
  "Set GITHUB_REPOSITORY (OWNER/NAME) and GITHUB_TOKEN, as a workflow has them, or set `state.commits: git`";

interface Attempt {
  readonly client: GitHubClient;
  readonly options: GitHubPublisherOptions;
  readonly clone: StatePlace;
  readonly branch: string;
  readonly commit: StateCommit;
  readonly render: () => Promise<readonly StateFile[]>;
}

async function attemptToPublish(attempt: Attempt): Promise<PublishOutcome> {
  const { client, clone, branch, commit, render } = attempt;
  const { isOwnBranch, redact } = attempt.options;
  const tip = await readBranchTip(client, branch);
  if (tip === null && !isOwnBranch) throw missing(branch);
  const rendered = await render();
  const made = await buildCommit(client, {
    parent: tip,
    message: redact(formatCommitMessage(commit)),
    files: placeStateFiles(clone.stateFolder, commit.migration, rendered).map(
      ({ path, content }) => ({ path, content: redact(content) }),
    ),
    folder: `${clone.stateFolder}/${commit.migration}`,
  });
  if (made === null) return { kind: "unchanged" };
  await moveBranch(client, branch, tip, made);
  return { kind: "committed", commit: made, branch, isPushed: true, notice: null };
}

function unable(clone: StatePlace | null, cause: string, hint: string): StatePublisher {
  return {
    publish: async () => {
      throw failure("state commits by GitHub", cause, hint);
    },
    specCommit: async () => (clone === null ? null : clone.specCommit()),
  };
}

function missing(branch: string): OperationError {
  return failure(
    `branch ${branch}`,
    "GitHub has no such branch, or none that the token may see",
    "Push the branch, or set state.branch in a Defaults document, so that state gets a branch of its own",
  );
}

/** Of its rules GitHub tells in many words; anything else that could be wrong with a request is a fault of ours. */
function refused(cause: OperationError, branch: string): OperationError {
  return failure(
    `branch ${branch}`,
    cause,
    "A rule may protect the branch: set state.branch in a Defaults document, so that state gets a branch of its own, or allow the token's account to pass the rule",
  );
}

function failure(object: string, cause: unknown, hint: string): OperationError {
  return new OperationError({
    operation: "publish state",
    object,
    isRetryable: false,
    cause,
    hint,
  });
}
