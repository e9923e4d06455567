import { describe, expect, it } from "vitest";
import { branchOf, changeRequestOf, jobUrl } from "../../src/model/ci-job.ts";

const GITHUB = { GITHUB_ACTIONS: "true", GITHUB_BASE_REF: "" };
const GITLAB = { GITLAB_CI: "true", CI: "true" };
const JENKINS = { JENKINS_URL: "https://ci.example/" };
const OF_GITLAB = {
  ...GITLAB,
  CI_MERGE_REQUEST_IID: "7",
  CI_MERGE_REQUEST_PROJECT_ID: "1",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
  CI_MERGE_REQUEST_DIFF_BASE_SHA: "abc",
};

describe("changeRequestOf", () => {
  it.each([
    [
      { ...GITHUB, GITHUB_EVENT_NAME: "pull_request", GITHUB_BASE_REF: "main" },
      { baseNames: ["origin/main"], isFork: false, headCommit: null },
    ],
    [OF_GITLAB, { baseNames: ["origin/main", "abc"], isFork: false, headCommit: null }],
    [
      { ...OF_GITLAB, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "def" },
      { baseNames: ["origin/main", "abc"], isFork: false, headCommit: "def" },
    ],
    [
      { ...OF_GITLAB, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" },
      { baseNames: ["origin/main", "abc"], isFork: true, headCommit: null },
    ],
    [
      { ...JENKINS, CHANGE_ID: "7", CHANGE_TARGET: "release/1", BRANCH_NAME: "PR-7" },
      { baseNames: ["origin/release/1"], isFork: false, headCommit: null },
    ],
    [
      { ...JENKINS, CHANGE_ID: "7", CHANGE_TARGET: "main", CHANGE_FORK: "eve" },
      { baseNames: ["origin/main"], isFork: true, headCommit: null },
    ],
    [{ ...GITHUB, GITHUB_EVENT_NAME: "push" }, null],
    [{ ...GITLAB, CI_COMMIT_BRANCH: "main" }, null],
    [{ ...JENKINS, BRANCH_NAME: "main" }, null],
    [{ CHANGE_ID: "7" }, null],
    [{}, null],
  ])("reads %j", (env, expected) => {
    expect(changeRequestOf(env)).toEqual(expected);
  });
});

describe("branchOf", () => {
  it.each([
    [{ ...GITHUB, GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" }, "main"],
    [{ ...GITHUB, GITHUB_REF_TYPE: "tag", GITHUB_REF_NAME: "v1" }, null],
    [
      {
        ...GITHUB,
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_REF_TYPE: "branch",
        GITHUB_REF_NAME: "7/merge",
      },
      null,
    ],
    [{ ...GITLAB, CI_COMMIT_BRANCH: "main" }, "main"],
    [{ ...GITLAB, CI_COMMIT_TAG: "v1" }, null],
    [{ ...OF_GITLAB, CI_COMMIT_BRANCH: "" }, null],
    [{ ...JENKINS, BRANCH_NAME: "main" }, "main"],
    [{ ...JENKINS, GIT_BRANCH: "origin/feature/a" }, "feature/a"],
    [{ ...JENKINS, GIT_BRANCH: "refs/remotes/origin/main" }, "main"],
    [{ ...JENKINS, GIT_BRANCH: "detached" }, null],
    [{ ...JENKINS, BRANCH_NAME: "v1", TAG_NAME: "v1" }, null],
    [{ BRANCH_NAME: "main" }, null],
    [{}, null],
  ])("of %j is %j", (env, expected) => {
    expect(branchOf(env)).toBe(expected);
  });
});

describe("jobUrl", () => {
  it.each([
    [
      {
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_REPOSITORY: "una/shop",
        GITHUB_RUN_ID: "77",
      },
      "https://github.com/una/shop/actions/runs/77",
    ],
    [{ CI_JOB_URL: "https://gitlab.example/-/jobs/1" }, "https://gitlab.example/-/jobs/1"],
    [{ BUILD_URL: "https://ci.example/job/a/1/" }, "https://ci.example/job/a/1/"],
    [{ GITHUB_SERVER_URL: "https://github.com" }, null],
  ])("of %j is %j", (env, expected) => {
    expect(jobUrl(env)).toBe(expected);
  });
});
