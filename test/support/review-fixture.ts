/** A repository at a stand-in for GitHub: a clone, its bare remote, pull requests that are merged for real. */
import { execa, execaSync } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type FakeGitHub, startFakeGitHub } from "../../dev/fake-github/fake-github.ts";
import {
  pullRequestEvent,
  PUSH_ENVIRONMENT,
  workflowEnvironment,
} from "../../dev/fake-github/workflow-environment.ts";
import type { Account } from "../../dev/fake-github/state.ts";
import { type CliFixture, type CliRun, openCliFixture } from "./cli-fixture.ts";

export const TOKEN = "ghs_planted0token";
export const BOT: Account = {
  login: "github-actions[bot]",
  type: "Bot",
  permissions: new Set(["issues", "statuses", "contents", "actions"]),
};
const REPOSITORY = "una/shop";

export interface ReviewFixture extends AsyncDisposable {
  /** The clone that pull requests are made in. */
  readonly author: CliFixture;
  readonly github: FakeGitHub;
  readonly bare: string;
  /** Writes files of the clone, or deletes them (null), commits and pushes them to a branch that begins at main. */
  push(branch: string, files: Readonly<Record<string, string | null>>): Promise<void>;
  /** The same with a pull request. */
  propose(branch: string, files: Readonly<Record<string, string | null>>): Promise<number>;
  /** Runs a command as a workflow for the pull request does. */
  inPullRequest(
    number: number,
    args: readonly string[],
    options?: WorkflowOptions,
  ): Promise<WorkflowRun>;
  /** Merges it at the host; whoever works on main sees it there. */
  merge(number: number, how?: "merge" | "squash"): Promise<string>;
  /** Starts a command as a workflow on the branch main does, in a clone of its own that is brought there first. */
  onMain(args: readonly string[], env?: Readonly<Record<string, string>>): CliRun;
}

export interface WorkflowOptions {
  readonly isFork?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface WorkflowRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly summary: string;
  readonly output: string;
}

export async function openReviewFixture(
  env: Readonly<Record<string, string>>,
): Promise<ReviewFixture> {
  const author = await openCliFixture(env);
  const runner = await openCliFixture(env);
  const root = await mkdtemp(join(tmpdir(), "mongoferry-review-"));
  const bare = join(root, "bare.git");
  await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await author.git("remote", "add", "origin", bare);
  await author.git("commit", "--quiet", "--allow-empty", "--message", "begin");
  await author.git("push", "--quiet", "-u", "origin", "main");
  await runner.git("remote", "add", "origin", bare);
  const github = await startFakeGitHub({ repository: REPOSITORY, bare });
  github.addAccount(TOKEN, BOT);
  const workflow = workflowEnvironment({ url: github.url, repository: REPOSITORY, token: TOKEN });
  const push = async (
    branch: string,
    files: Readonly<Record<string, string | null>>,
  ): Promise<void> => {
    await author.git("fetch", "--quiet", "origin");
    await author.git("checkout", "--quiet", "-B", branch, "origin/main");
    for (const [path, text] of Object.entries(files)) {
      const file = join(author.directory, path);
      await (text === null ? rm(file) : writeFile(file, text));
    }
    await author.git("add", "--all");
    await author.git("commit", "--quiet", "--message", `change ${branch}`);
    await author.git("push", "--quiet", "--force", "origin", branch);
  };
  return {
    author,
    github,
    bare,
    push,
    async propose(branch, files) {
      await push(branch, files);
      return github.openPullRequest({ head: branch, base: "main" });
    },
    async inPullRequest(number, args, { isFork = false, env: more = {} } = {}) {
      const pull = await github.refreshPullRequest(number);
      const base = await author.git("rev-parse", "origin/main");
      const [event, summary, output] = ["event.json", "summary.md", "output.txt"].map((name) =>
        join(root, name),
      ) as [string, string, string];
      const description = pullRequestEvent({
        number,
        repository: REPOSITORY,
        headRepository: isFork ? "eve/shop" : REPOSITORY,
        branch: pull.head,
        baseCommit: base,
        headCommit: pull.headCommit,
      });
      await writeFile(event, JSON.stringify(description));
      await Promise.all([writeFile(summary, ""), writeFile(output, "")]);
      await author.git("checkout", "--quiet", "--detach", pull.headCommit);
      const run = await author.start(args, {
        ...workflow,
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_EVENT_PATH: event,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
        ...more,
      });
      return {
        exitCode: run.exitCode ?? -1,
        stdout: String(run.stdout),
        stderr: String(run.stderr),
        summary: await readFile(summary, "utf8"),
        output: await readFile(output, "utf8"),
      };
    },
    async merge(number, how = "merge") {
      return github.mergePullRequest(number, how);
    },
    onMain(args, more = {}) {
      const git = (...all: readonly string[]) => execaSync("git", all, { cwd: runner.directory });
      git("fetch", "--quiet", "origin");
      git("checkout", "--quiet", "-B", "main", "origin/main");
      return runner.start(args, {
        ...workflow,
        ...PUSH_ENVIRONMENT,
        ...more,
      });
    },
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
      await Promise.all([author, runner].map(async (each) => each[Symbol.asyncDispose]()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A pull request that has been reviewed and merged; returns its number. */
export async function mergeReviewed(
  fixture: ReviewFixture,
  branch: string,
  files: Readonly<Record<string, string | null>>,
): Promise<number> {
  const number = await fixture.propose(branch, files);
  const reviewed = await fixture.inPullRequest(number, ["pr"]);
  expect(reviewed.exitCode, reviewed.stderr).toBe(0);
  await fixture.merge(number);
  return number;
}

/** All that is said under a pull request. */
export function commentOn({ github }: Pick<ReviewFixture, "github">, number: number): string {
  return github
    .comments(number)
    .map(({ body }) => body)
    .join();
}

/** Two connections, whose URIs are in SOURCE_URI and DESTINATION_URI. */
export const CONNECTIONS = ["source", "destination"]
  .map((name) =>
    [
      "apiVersion: mongoferry.dev/v1",
      "kind: Connection",
      `metadata: {name: ${name}}`,
      `spec: {provider: mongodb, uri: {env: ${name.toUpperCase()}_URI}}`,
      "",
    ].join("\n"),
  )
  .join("---\n");

/** A migration between them, with these lines under `spec:`. */
export function migrationOf(name: string, lines: readonly string[]): string {
  return [
    "apiVersion: mongoferry.dev/v1",
    "kind: Migration",
    `metadata: {name: ${name}}`,
    "spec:",
    "  source: {connection: source}",
    "  destination: {connection: destination}",
    ...lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}
