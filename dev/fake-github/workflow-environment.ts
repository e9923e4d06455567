/** What GitHub hands to a workflow, for programs that are run as one. */

export interface WorkflowPlace {
  /** Address of the API, and of the pages. */
  readonly url: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly token: string;
}

/** Variables of every workflow. */
export function workflowEnvironment({ url, repository, token }: WorkflowPlace) {
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: url,
    GITHUB_SERVER_URL: url,
    GITHUB_REPOSITORY: repository,
    GITHUB_TOKEN: token,
    GITHUB_RUN_ID: "77",
  };
}

/** Further variables of one that runs since the main branch has changed. */
export const PUSH_ENVIRONMENT = {
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF_NAME: "main",
  GITHUB_REF_TYPE: "branch",
} as const;

export interface DescribedPull {
  readonly number: number;
  readonly repository: string;
  /** Where the head comes from: another one makes it a fork's. */
  readonly headRepository: string;
  readonly branch: string;
  readonly baseCommit: string;
  readonly headCommit: string;
}

/** Content of the file that `GITHUB_EVENT_PATH` names. */
export function pullRequestEvent(pull: DescribedPull): object {
  return {
    pull_request: {
      number: pull.number,
      base: side("main", pull.baseCommit, pull.repository),
      head: side(pull.branch, pull.headCommit, pull.headRepository),
    },
  };
}

function side(ref: string, sha: string, repository: string): object {
  return { ref, sha, repo: { full_name: repository } };
}
