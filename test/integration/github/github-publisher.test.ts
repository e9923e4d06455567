/** State commits that GitHub makes, against a stand-in with a real repository behind it. */
import { execaSync } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../../../dev/fake-github/faults.ts";
import { type FakeGitHub, startFakeGitHub } from "../../../dev/fake-github/fake-github.ts";
import type { Account } from "../../../dev/fake-github/state.ts";
import { openClone } from "../../../src/git/open-clone.ts";
import { createGitHubPublisher } from "../../../src/github/github-publisher.ts";
import type { StatePublisher } from "../../../src/ports.ts";
import {
  createGitSandbox,
  type GitSandbox,
  oneFile,
  SPEC,
  stateCommit,
} from "../git/git-sandbox.ts";

const REPOSITORY = "una/shop";
const TOKEN = "ghs_planted0secret";
const BOT: Account = {
  login: "github-actions[bot]",
  type: "Bot",
  permissions: new Set(["contents"]),
};

let box: GitSandbox;
let fake: FakeGitHub;
let said: string[];

beforeEach(async () => {
  box = await createGitSandbox();
  await box.createRemote("hub.git");
  await box.clone("hub.git", "work");
  fake = await startFakeGitHub({ repository: REPOSITORY, bare: box.path("hub.git") });
  fake.addAccount(TOKEN, BOT);
  said = [];
  hurryOctokit();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  expect(fake.violations()).toEqual([]);
  await fake[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
});

describe("a state commit that GitHub makes", () => {
  it("has the files on the branch's tip and the usual message, and nobody but GitHub as its author", async () => {
    const begin = await box.git("hub.git", "rev-parse", "main");
    const publisher = await open();
    const outcome = await publisher.publish(stateCommit("shop", 7), async () => [
      { path: "status.yaml", content: 'phase: Copying\nä: ""\n' },
      { path: "events/000007-copying.yaml", content: "seq: 7\r\n" },
      { path: "empty", content: "" },
    ]);
    const tip = await box.git("hub.git", "rev-parse", "main");
    expect(outcome).toEqual({
      kind: "committed",
      commit: tip,
      branch: "main",
      isPushed: true,
      notice: null,
    });
    expect(await box.git("hub.git", "log", "-1", "--format=%an|%cn|%P|%B", "main")).toBe(
      [
        `github-actions[bot]|GitHub|${begin}|shop: Copying [skip ci]`,
        "",
        "Mongoferry-Migration: shop",
        "Mongoferry-Epoch: 2",
        "Mongoferry-Seq: 7",
        "",
      ].join("\n"),
    );
    expect(await box.git("hub.git", "ls-tree", "-r", "--name-only", "main")).toBe(
      [
        "README.md",
        "migrations/shop.yaml",
        "state/shop/empty",
        "state/shop/events/000007-copying.yaml",
        "state/shop/status.yaml",
      ].join("\n"),
    );
    const event = "main:state/shop/events/000007-copying.yaml";
    expect(await box.git("hub.git", "cat-file", "-s", event)).toBe("8");
    expect(await box.git("hub.git", "show", "main:state/shop/status.yaml")).toBe(
      'phase: Copying\nä: ""',
    );
  });

  it("leaves the clone as it is, whose commit is still that of the spec once it has been brought along", async () => {
    const begin = await box.git("work", "rev-parse", "HEAD");
    await box.write("work/README.md", "changed\n");
    const publisher = await open();
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.git("work", "rev-parse", "HEAD")).toBe(begin);
    expect(await box.git("work", "status", "--porcelain")).toBe(" M README.md");
    await box.git("work", "pull", "--quiet", "--ff-only");
    expect(await box.git("work", "rev-parse", "HEAD")).not.toBe(begin);
    expect(await publisher.specCommit()).toBe(begin);
  });

  it("is not made where nothing differs, by one byte or by mode", async () => {
    const publisher = await open();
    await publisher.publish(stateCommit("shop"), oneFile("a\n"));
    const tip = await box.git("hub.git", "rev-parse", "main");
    const before = fake.requests().length;
    expect(await publisher.publish(stateCommit("shop", 2), oneFile("a\n"))).toEqual({
      kind: "unchanged",
    });
    expect(fake.requests().slice(before).join()).not.toMatch(/POST|PATCH/u);
    expect(await box.git("hub.git", "rev-parse", "main")).toBe(tip);
    expect(await publisher.publish(stateCommit("shop", 2), oneFile("a"))).toMatchObject({
      kind: "committed",
    });
    await box.git("work", "pull", "--quiet");
    await box.git("work", "update-index", "--chmod=+x", "state/shop/status.yaml");
    await box.git("work", "commit", "--quiet", "-m", "mode");
    await box.git("work", "push", "--quiet");
    expect(await publisher.publish(stateCommit("shop", 2), oneFile("a"))).toMatchObject({
      kind: "committed",
    });
    expect(await box.git("hub.git", "ls-tree", "main", "state/shop/status.yaml")).toMatch(
      /^100644/u,
    );
  });

  it("takes plans and reports of several megabytes", async () => {
    const [plan, report] = ["{é}\n".repeat(700_000), "<p>😀</p>\n".repeat(400_000)];
    const publisher = await open();
    const outcome = await publisher.publish(stateCommit("shop"), async () => [
      { path: "plan.json", content: plan },
      { path: "report.html", content: report },
    ]);
    expect(outcome.kind).toBe("committed");
    for (const [name, content] of [
      ["plan.json", plan],
      ["report.html", report],
    ] as const) {
      const size = await box.git("hub.git", "cat-file", "-s", `main:state/shop/${name}`);
      expect(Number(size)).toBe(Buffer.byteLength(content));
    }
    const again = await publisher.publish(stateCommit("shop"), async () => [
      { path: "report.html", content: report },
    ]);
    expect(again.kind).toBe("unchanged");
  });

  it("keeps state beside the migrations, deep in the repository", async () => {
    await box.write("work/infra/mongo/migrations/shop.yaml", "kind: Migration\n");
    const publisher = await open({ spec: "infra/mongo/migrations/shop.yaml" });
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    await publisher.publish(stateCommit("shop"), oneFile("b"));
    expect(await box.git("hub.git", "show", "main:infra/mongo/state/shop/status.yaml")).toBe("b");
  });

  it("hides known secrets (I9)", async () => {
    const publisher = await open({ redact: (text) => text.replaceAll("hunter2", "[redacted]") });
    const commit = { ...stateCommit("shop"), subject: "failed with hunter2" };
    await publisher.publish(commit, oneFile("reason: hunter2\n"));
    expect(await box.git("hub.git", "log", "-1", "-p", "main")).not.toContain("hunter2");
  });
});

describe("a branch for state only", () => {
  it("begins without a parent, once", async () => {
    const names = ["one", "two", "three"];
    await Promise.all(
      names.map(async (name) => {
        const publisher = await open({ stateBranch: "mongoferry/state" });
        await publisher.publish(stateCommit(name), oneFile("a"));
      }),
    );
    expect(await box.git("hub.git", "rev-list", "--count", "mongoferry/state")).toBe("3");
    const files = await box.git("hub.git", "ls-tree", "-r", "--name-only", "mongoferry/state");
    expect(files.split("\n")).toEqual(names.map((name) => `state/${name}/status.yaml`).toSorted());
  });
});

describe("while others change the branch", () => {
  it("renders again on the new tip", async () => {
    const publisher = await open();
    let tries = 0;
    const outcome = await publisher.publish(stateCommit("shop"), async () => {
      if (++tries <= 2) pushAnother();
      return [{ path: "status.yaml", content: `try ${tries}\n` }];
    });
    expect([tries, outcome.kind]).toEqual([3, "committed"]);
    expect(await box.git("hub.git", "log", "--format=%s", "main")).toBe(
      "shop: Copying [skip ci]\nanother\nanother\nbegin",
    );
    expect(await box.git("hub.git", "show", "main:state/shop/status.yaml")).toBe("try 3");
  });

  it("does so whatever words GitHub has for it", async () => {
    fake.plan({ on: /^PATCH/u, kind: "status", status: 422 });
    let tries = 0;
    const publisher = await open();
    await publisher.publish(stateCommit("shop"), async () => {
      if (++tries === 1) pushAnother();
      return [{ path: "status.yaml", content: "a" }];
    });
    expect(await subjects()).toEqual(["shop: Copying [skip ci]", "another", "begin"]);
  });

  it("commits once where the answer was lost, and the branch has gone on before it is asked for again", async () => {
    fake.plan({ on: /^PATCH/u, kind: "interrupt", when: "after", interrupt: pushAnother });
    const publisher = await open();
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toEqual({
      kind: "unchanged",
    });
    expect(await subjects()).toEqual(["another", "shop: Copying [skip ci]", "begin"]);
  });
});

describe("what goes wrong between here and GitHub", () => {
  const requests = [
    "GET .*/ref/",
    "GET .*/commits/",
    "GET .*/trees/",
    "POST .*/trees",
    "POST .*/commits",
    "PATCH ",
  ];
  const faults: readonly Trouble[] = [
    { kind: "lost-answer" },
    { kind: "bad-gateway-afterwards", times: 2 },
    { kind: "status", status: 503, times: 2 },
    { kind: "secondary-rate-limit", seconds: 20 },
    { kind: "rate-limit", seconds: 1 },
  ];
  const cases = requests.flatMap((on) =>
    faults.map((fault) => ({ on, fault: { ...fault, on: new RegExp(`^${on}`, "u") } as Fault })),
  );

  it.each(cases)("makes one commit in spite of $fault.kind at $on", async ({ fault }) => {
    fake.plan(fault);
    const publisher = await open();
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await subjects()).toEqual(["shop: Copying [skip ci]", "begin"]);
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toEqual({
      kind: "unchanged",
    });
  });

  it.each(["lost-answer", "bad-gateway-afterwards"] as const)(
    "begins a branch once in spite of %s",
    async (kind) => {
      fake.plan({ on: /^POST .*\/refs$/u, kind });
      const publisher = await open({ stateBranch: "states" });
      await publisher.publish(stateCommit("shop"), oneFile("a"));
      expect(await box.git("hub.git", "rev-list", "--count", "states")).toBe("1");
    },
  );

  it("finds the branch moved where no answer ever came", async () => {
    fake.plan({ on: /^PATCH/u, kind: "lost-answer", times: 4 });
    const publisher = await open();
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ kind: "committed" });
    expect(await subjects()).toEqual(["shop: Copying [skip ci]", "begin"]);
  });

  it("is an error that may pass where GitHub stays away", async () => {
    fake.plan({ on: /^PATCH/u, kind: "status", status: 502, times: 4 });
    const publisher = await open();
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toMatchObject({
      name: "OperationError",
      isRetryable: true,
    });
    expect(await subjects()).toEqual(["begin"]);
  });
});

describe("what is refused", () => {
  it.each([
    "Repository rule violations found\n\nChanges must be made through a pull request.",
    'Required status check "test" is expected.',
    "Cannot update this protected ref.",
  ])("by a rule names the setting that helps, and is not tried again: %j", async (message) => {
    fake.protectBranch("main", message);
    const publisher = await open();
    const publication = publisher.publish(stateCommit("shop"), oneFile("a"));
    await expect(publication).rejects.toMatchObject({
      name: "OperationError",
      isRetryable: false,
      message: expect.stringMatching(/publish state failed on branch main.*set state\.branch/su),
    });
    await expect(publication).rejects.toThrow(message.split("\n")[0]);
    expect(fake.requests().filter((each) => each.startsWith("PATCH"))).toHaveLength(1);
  });

  it("to the token names the permission", async () => {
    fake.addAccount("ghs_less", { ...BOT, permissions: new Set() });
    const publisher = await open({ token: "ghs_less" });
    const publication = publisher.publish(stateCommit("shop"), oneFile("a"));
    await expect(publication).rejects.toThrow(/403.*`contents: write`/u);
    await expect(publication).rejects.toMatchObject({ isRetryable: false });
  });

  it("tells of a limit that lasts, and not of permissions", async () => {
    fake.plan({ on: /^POST/u, kind: "secondary-rate-limit", seconds: 3_600 });
    const publisher = await open();
    const error = await publisher.publish(stateCommit("shop"), oneFile("a")).catch(String);
    expect(error).toContain("Run it again once the limit has ended");
    expect(error).not.toContain("permission");
  });

  it("never shows the token (I9)", async () => {
    const publisher = await open({ token: "ghs_wrong0secret" });
    const error = await publisher.publish(stateCommit("shop"), oneFile("a")).catch(String);
    expect(error).toContain("401 Bad credentials");
    expect(`${JSON.stringify(error)}${said.join()}`).not.toContain("secret");
  });

  it("is a branch that is only here", async () => {
    await box.git("work", "checkout", "--quiet", "-b", "topic");
    const publisher = await open();
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow(
      /branch topic: GitHub has no such branch.*Push the branch/u,
    );
    expect(await box.git("hub.git", "branch", "--format=%(refname:short)")).toBe("main");
  });

  it.each(["state", "state/shop/events"])("is to replace a file at %s", async (path) => {
    await box.write(`work/${path}`, "a file\n");
    await box.git("work", "add", path);
    await box.git("work", "commit", "--quiet", "-m", "in the way");
    await box.git("work", "push", "--quiet");
    const publisher = await open();
    await expect(
      publisher.publish(stateCommit("shop"), oneFile("a", "events/000001-copying.yaml")),
    ).rejects.toThrow(`publish state failed on ${path}. A file stands where`);
    expect(await box.git("hub.git", "show", `main:${path}`)).toBe("a file");
  });

  it("is anything without a token or a clone: nothing falls back to unsigned commits", async () => {
    const without = await open({ token: null });
    await expect(without.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow(
      /GITHUB_REPOSITORY.*GITHUB_TOKEN.*state\.commits: git/u,
    );
    expect(await without.specCommit()).toBe(await box.git("work", "rev-parse", "HEAD"));
    await box.write(`plain/${SPEC}`, "kind: Migration\n");
    const outside = await open({ folder: "plain" });
    await expect(outside.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow(
      "the spec lies in no git repository",
    );
    expect(await outside.specCommit()).toBeNull();
    expect(fake.requests()).toEqual([]);
  });
});

type Trouble = Fault extends infer F ? (F extends Fault ? Omit<F, "on"> : never) : never;

interface OpenOptions {
  readonly token?: string | null;
  readonly stateBranch?: string | null;
  readonly folder?: string;
  readonly spec?: string;
  readonly redact?: (text: string) => string;
}

async function open({
  token = TOKEN,
  stateBranch = null,
  folder = "work",
  spec = SPEC,
  redact = (text) => text,
}: OpenOptions = {}): Promise<StatePublisher> {
  const specFile = `${box.path(folder)}/${spec}`;
  const github = {
    apiUrl: fake.url,
    repository: REPOSITORY,
    botLogin: "github-actions[bot]",
    logger: { debug: say, info: say, warn: say, error: say },
    stop: new AbortController().signal,
    secondMs: 1,
  };
  return createGitHubPublisher({
    github: token === null ? null : { ...github, token },
    clone: await openClone({ specFile, stateBranch, fallbackBranch: null, env: box.env, redact }),
    isOwnBranch: stateBranch !== null,
    redact,
  });
}

function say(text: string): void {
  said.push(text);
}

async function subjects(): Promise<readonly string[]> {
  return (await box.git("hub.git", "log", "--format=%s", "main")).split("\n");
}

/** At once, so that it comes between two requests. */
function pushAnother(): void {
  const options = { cwd: box.path("hub.git-seed"), env: box.env, extendEnv: false };
  const git = (...args: string[]) => execaSync("git", args, options);
  git("pull", "--quiet", "--ff-only");
  git("commit", "--quiet", "--allow-empty", "-m", "another");
  git("push", "--quiet", "origin", "main");
}

/** Octokit keeps a second between two writes, whatever it is told. */
function hurryOctokit(): void {
  const { setTimeout: plain } = globalThis;
  const hurried = (run: () => void, ms = 0, ...args: unknown[]) =>
    plain(run, ms <= 8_000 ? ms / 20 : ms, ...(args as []));
  vi.stubGlobal("setTimeout", hurried);
}
