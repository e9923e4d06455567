/** What the environment of a CI job says: GitHub Actions, GitLab CI, Jenkins with multibranch projects. Elsewhere, nothing. */
type Env = Readonly<Record<string, string | undefined>>;

/** A request to merge, which a job looks at before anybody has. */
export interface ChangeRequest {
  /** Names or hashes of what it is to be merged into, the best first; not all of them need be there in a clone. */
  readonly baseNames: readonly string[];
  /** Whether it comes from another repository, whose authors may not have this one's secrets. */
  readonly isFork: boolean;
  /** Last commit of what is to be merged, where that may be another than the one that is checked out. */
  readonly headCommit: string | null;
}

/** Null in a job that is for a branch, or no job at all. */
export function changeRequestOf(env: Env): ChangeRequest | null {
  if (isOfGitHub(env)) {
    const baseNames = remoteBranch(env.GITHUB_BASE_REF);
    return { baseNames, isFork: false, headCommit: null };
  }
  if (env.CI_MERGE_REQUEST_IID) {
    const { CI_MERGE_REQUEST_PROJECT_ID: own, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: from } = env;
    return {
      baseNames: [
        ...remoteBranch(env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME),
        ...present(env.CI_MERGE_REQUEST_DIFF_BASE_SHA),
      ],
      isFork: own !== from,
      headCommit: env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA || null,
    };
  }
  if (env.JENKINS_URL && env.CHANGE_ID) {
    const baseNames = remoteBranch(env.CHANGE_TARGET);
    return { baseNames, isFork: Boolean(env.CHANGE_FORK), headCommit: null };
  }
  return null;
}

/** Jobs check out a commit, not a branch: this is the branch it is of. Null for requests to merge, tags, and where nobody says. */
export function branchOf(env: Env): string | null {
  if (changeRequestOf(env) !== null) return null;
  if (env.GITHUB_REF_TYPE) {
    return env.GITHUB_REF_TYPE === "branch" ? env.GITHUB_REF_NAME || null : null;
  }
  if (env.GITLAB_CI) return env.CI_COMMIT_BRANCH || null;
  if (!env.JENKINS_URL || env.TAG_NAME) return null;
  const remote = env.GIT_BRANCH?.replace(/^(?:refs\/)?(?:remotes\/)?origin\//u, "");
  return env.BRANCH_NAME || env.GIT_LOCAL_BRANCH || (remote === "detached" ? null : remote) || null;
}

/** Where the job can be looked at. */
export function jobUrl(env: Env): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}`;
  return env.CI_JOB_URL || env.BUILD_URL || null;
}

function isOfGitHub(env: Env): boolean {
  return env.GITHUB_EVENT_NAME?.startsWith("pull_request") === true;
}

function remoteBranch(name: string | undefined): readonly string[] {
  return present(name).map((branch) => `origin/${branch}`);
}

function present(text: string | undefined): readonly string[] {
  return text ? [text] : [];
}
