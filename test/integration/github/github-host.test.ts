/** The real adapter against a stand-in that knows GitHub's published description. */
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeGitHub, startFakeGitHub } from "../../../dev/fake-github/fake-github.ts";
import type { Account } from "../../../dev/fake-github/state.ts";
import type { Logger } from "../../../src/base/log.ts";
import { openGitHub } from "../../../src/github/github-host.ts";
import type { CodeHost } from "../../../src/ports.ts";

const REPOSITORY = "una/shop";
const MARKER = "<!-- mongoferry:plan:v1 migration=shop -->";
const BOT: Account = {
  login: "github-actions[bot]",
  type: "Bot",
  permissions: new Set(["issues", "statuses", "contents", "actions"]),
};
const TOKEN = "ghs_planted0secret";

let folder: string;
let fake: FakeGitHub;
let said: string[];
let pull: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mongoferry-github-"));
  await git("init", "--quiet", "--bare", "--initial-branch=main", "bare.git");
  await git("clone", "--quiet", "bare.git", "work");
  await work("commit", "--quiet", "--allow-empty", "-m", "begin");
  await work("push", "--quiet", "origin", "HEAD:main", "HEAD:change");
  fake = await startFakeGitHub({ repository: REPOSITORY, bare: join(folder, "bare.git") });
  fake.addAccount(TOKEN, BOT);
  said = [];
  pull = await fake.openPullRequest({ head: "change", base: "main" });
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("the comment", () => {
  it("is made once, edited in place, and not touched where it is as it should be", async () => {
    const host = open();
    const made = await host.upsertComment(pull, MARKER, `${MARKER}\none`);
    expect(made).toEqual({ kind: "done", url: expect.stringContaining("/pull/1#issuecomment-") });
    await host.upsertComment(pull, MARKER, `${MARKER}\ntwo`);
    await host.upsertComment(pull, MARKER, `${MARKER}\ntwo`);
    expect(fake.comments(pull)).toMatchObject([
      { body: `${MARKER}\ntwo`, replaced: [`${MARKER}\none`] },
    ]);
    expect(await host.readComment(pull, MARKER)).toBe(`${MARKER}\ntwo`);
    expect(fake.violations()).toEqual([]);
  });

  it("is found behind hundreds of others, which may begin with the same marker", async () => {
    for (let n = 0; n < 250; n++) fake.addComment(pull, `user${n}`, `${MARKER}\nmine`);
    await open().upsertComment(pull, MARKER, `${MARKER}\none`);
    for (let n = 0; n < 60; n++) fake.addComment(pull, `user${n}`, "so what");
    await open().upsertComment(pull, MARKER, `${MARKER}\ntwo`);
    expect(own().map(({ body }) => body)).toEqual([`${MARKER}\ntwo`]);
    expect(fake.violations()).toEqual([]);
  });

  it("of a person's token is that person's", async () => {
    fake.addAccount("ghp_una", { ...BOT, login: "una", type: "User" });
    fake.addComment(pull, "github-actions[bot]", `${MARKER}\nof the bot`);
    await open("ghp_una").upsertComment(pull, MARKER, `${MARKER}\nof una`);
    expect(fake.comments(pull).map(({ login }) => login)).toEqual(["github-actions[bot]", "una"]);
  });

  it("of a person's token is another's where that one is named", async () => {
    fake.addAccount("ghp_una", { ...BOT, login: "una", type: "User" });
    fake.addComment(pull, BOT.login, `${MARKER}\nof the bot`);
    const host = open("ghp_una", { login: BOT.login });
    expect(await host.readComment(pull, MARKER)).toBe(`${MARKER}\nof the bot`);
  });

  it.each(["lost-answer", "bad-gateway-afterwards"] as const)(
    "stays one after a %s",
    async (kind) => {
      fake.plan({ on: /^POST .*\/comments$/u, kind });
      const outcome = await open().upsertComment(pull, MARKER, `${MARKER}\none`);
      expect([outcome.kind, fake.comments(pull).length]).toEqual(["done", 1]);
    },
  );

  it("is made after an answer of 500 that came before anything was done", async () => {
    fake.plan({ on: /^POST .*\/comments$/u, kind: "status", status: 500 });
    await open().upsertComment(pull, MARKER, `${MARKER}\none`);
    expect(fake.comments(pull)).toHaveLength(1);
  });

  it("becomes one again where several processes begin at the same time", async () => {
    const hosts = Array.from({ length: 10 }, () => open());
    await Promise.all(
      hosts.map(async (host, n) => host.upsertComment(pull, MARKER, `${MARKER}\n${n}`)),
    );
    await open().upsertComment(pull, MARKER, `${MARKER}\nin the end`);
    expect(fake.comments(pull).map(({ body }) => body)).toEqual([`${MARKER}\nin the end`]);
  });

  it("that a fork's token may not write is an outcome, and no error", async () => {
    fake.addAccount("ghs_fork", { ...BOT, permissions: new Set() });
    const outcome = await open("ghs_fork").upsertComment(pull, MARKER, MARKER);
    expect(outcome).toEqual({
      kind: "refused",
      reason: expect.stringMatching(
        /403 Resource not accessible by integration.*`pull-requests: write`/u,
      ),
    });
  });

  it("that is too long is a fault of ours", async () => {
    const body = `${MARKER}${"x".repeat(65_536)}`;
    await expect(open().upsertComment(pull, MARKER, body)).rejects.toThrow("422");
  });
});

describe("requests", () => {
  it("are tried again after errors of GitHub's", async () => {
    fake.plan({ on: /^GET .*\/comments$/u, times: 2, kind: "status", status: 503 });
    expect(await open().readComment(pull, MARKER)).toBeNull();
    fake.plan({ on: /^GET .*\/comments$/u, times: 9, kind: "status", status: 503 });
    await expect(open().readComment(pull, MARKER)).rejects.toMatchObject({ isRetryable: true });
  });

  it.each(["rate-limit", "secondary-rate-limit"] as const)(
    "wait for the end of a %s",
    async (kind) => {
      fake.plan({ on: /^POST .*\/statuses/u, kind, seconds: 30 });
      const outcome = await open().setStatus(head(), status("fine"));
      expect(outcome.kind).toBe("done");
      expect(said.join()).toMatch(/rate limit is reached at POST .*; waiting \d+ s/u);
    },
  );

  it("give up where a limit ends too late", async () => {
    fake.plan({ on: /^POST .*\/statuses/u, kind: "secondary-rate-limit", seconds: 3_600 });
    const outcome = await open().setStatus(head(), status("fine"));
    expect(outcome).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("rate limit"),
    });
    expect(said.join()).toContain("which ends in 3600 s: too late");
  });

  it("say what is wrong with a token, and never what it is", async () => {
    const error = await open("ghs_wrong0secret").readComment(pull, MARKER).catch(String);
    expect(error).toContain("401 Bad credentials");
    expect(error).toContain("check GITHUB_TOKEN");
    expect(`${error}${said.join()}`).not.toContain("secret");
  });
});

describe("a status", () => {
  it("is cut to what GitHub takes", async () => {
    await open().setStatus(head(), status("é".repeat(200)));
    const [made] = fake.statuses(head());
    expect(made).toMatchObject({ state: "success", context: "mongoferry/shop" });
    expect(String(made?.["description"])).toHaveLength(140);
    expect(fake.violations()).toEqual([]);
  });
});

describe("the merged pull request of a commit", () => {
  it.each(["merge", "squash"] as const)("is found after a %s", async (how) => {
    await work("checkout", "--quiet", "-b", "change");
    await work("commit", "--quiet", "--allow-empty", "-m", "change");
    await execa("sh", ["-c", "echo a > file"], { cwd: join(folder, "work") });
    await work("add", ".");
    await work("commit", "--quiet", "-m", "file");
    await work("push", "--quiet", "origin", "HEAD:change");
    expect(await open().mergedPullRequest(head(), "main")).toBeNull();
    const commit = await fake.mergePullRequest(pull, how);
    expect(await open().mergedPullRequest(commit, "main")).toEqual({
      number: pull,
      url: expect.stringContaining("/una/shop/pull/1"),
      mergedAt: expect.any(Date),
      headCommit: fake.pullRequest(pull).headCommit,
      isFork: false,
    });
    expect(await open().mergedPullRequest(commit, "other")).toBeNull();
    expect(fake.violations()).toEqual([]);
  });
});

describe("a workflow", () => {
  it("is started with its inputs, or it is said what is missing for that", async () => {
    await open().dispatchWorkflow("migrate.yml", "main", { migration: "shop" });
    expect(fake.takeDispatches()).toEqual([
      { workflow: "migrate.yml", ref: "main", inputs: { migration: "shop" } },
    ]);
    fake.plan({ on: /^POST .*\/dispatches$/u, times: 2, kind: "status", status: 502 });
    await open().dispatchWorkflow("migrate.yml", "main", {});
    expect(fake.takeDispatches()).toHaveLength(1);
    fake.addAccount("ghs_less", { ...BOT, permissions: new Set() });
    expect(await open("ghs_less").dispatchWorkflow("migrate.yml", "main", {})).toEqual({
      kind: "refused",
      reason: expect.stringContaining("`actions: write`"),
    });
    expect(fake.violations()).toEqual([]);
  });
});

function open(token = TOKEN, more: { readonly login?: string } = {}): CodeHost {
  return openGitHub({
    apiUrl: fake.url,
    repository: REPOSITORY,
    token,
    botLogin: "github-actions[bot]",
    logger: { debug: say, info: say, warn: say, error: say } satisfies Logger,
    stop: new AbortController().signal,
    secondMs: 1,
    ...more,
  });
}

function say(text: string): void {
  said.push(text);
}

function own() {
  return fake.comments(pull).filter(({ login }) => login === BOT.login);
}

function head(): string {
  return fake.pullRequest(pull).headCommit;
}

function status(description: string) {
  return { state: "success", context: "mongoferry/shop", description, url: null } as const;
}

async function git(...args: readonly string[]): Promise<string> {
  const env = {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "una",
    GIT_AUTHOR_EMAIL: "una@example.com",
    GIT_COMMITTER_NAME: "una",
    GIT_COMMITTER_EMAIL: "una@example.com",
  };
  return (await execa("git", args, { cwd: folder, env })).stdout;
}

async function work(...args: readonly string[]): Promise<string> {
  return git("-C", join(folder, "work"), ...args);
}
