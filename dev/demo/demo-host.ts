/** The demo's repository at a stand-in for GitHub: pull requests are merged for real, and workflows are commands that are run here. */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { type FakeGitHub, startFakeGitHub } from "../fake-github/fake-github.ts";
import {
  pullRequestEvent,
  PUSH_ENVIRONMENT,
  workflowEnvironment,
} from "../fake-github/workflow-environment.ts";
import type { DemoRepository } from "./demo-repository.ts";
import type { CliRunner, RunningCli } from "./run-cli.ts";

const REPOSITORY = "demo/migrations";
const TOKEN = "a-token-of-the-demo";

export interface DemoHost extends AsyncDisposable {
  /** Pushes a branch with these files, opens a pull request, and returns its number. */
  propose(
    branch: string,
    message: string,
    files: Readonly<Record<string, string>>,
  ): Promise<number>;
  /** What `mongoferry-plan.yml` does for it: the comment. */
  review(number: number): Promise<void>;
  merge(number: number): Promise<void>;
  /** What `mongoferry-migrate.yml` does once main has changed, in a checkout of its own. */
  startOnMain(): Promise<RunningCli>;
  /** As it is by now; empty where there is none. */
  commentOn(number: number): string;
  /** All that the comment has said, oldest first. */
  readonly textsUnder: (number: number) => readonly string[];
}

export async function openDemoHost(
  { remote, env, git, commit }: DemoRepository,
  parent: string,
  cli: CliRunner,
): Promise<DemoHost> {
  const github: FakeGitHub = await startFakeGitHub({ repository: REPOSITORY, bare: remote });
  github.addAccount(TOKEN, {
    login: "github-actions[bot]",
    type: "Bot",
    permissions: new Set(["issues", "statuses", "contents", "actions"]),
  });
  const workflow = {
    ...env,
    ...workflowEnvironment({ url: github.url, repository: REPOSITORY, token: TOKEN }),
  };
  const branches = new Map<number, string>();
  return {
    async propose(branch, message, files) {
      await git("fetch", "--quiet", "origin");
      await git("checkout", "--quiet", "-B", branch, "origin/main");
      await commit(files, message);
      await git("push", "--quiet", "origin", branch);
      const number = await github.openPullRequest({ head: branch, base: "main", title: message });
      branches.set(number, branch);
      return number;
    },
    async review(number) {
      const event = join(parent, `event-${number}.json`);
      const pull = pullRequestEvent({
        number,
        repository: REPOSITORY,
        headRepository: REPOSITORY,
        branch: branches.get(number) ?? "",
        baseCommit: await git("rev-parse", "origin/main"),
        headCommit: github.pullRequest(number).headCommit,
      });
      await writeFile(event, JSON.stringify(pull));
      const more = { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event };
      await cli.run(["pr"], { ...workflow, ...more });
    },
    async merge(number) {
      await github.mergePullRequest(number);
      await git("fetch", "--quiet", "origin");
    },
    async startOnMain() {
      const checkout = join(parent, "checkout");
      await git("clone", "--quiet", "--template=", remote, checkout);
      return cli.start(["reconcile"], { ...workflow, ...PUSH_ENVIRONMENT }, checkout);
    },
    commentOn: (number) => github.comments(number).at(-1)?.body ?? "",
    textsUnder: (number) => github.texts(number),
    [Symbol.asyncDispose]: async () => github[Symbol.asyncDispose](),
  };
}
