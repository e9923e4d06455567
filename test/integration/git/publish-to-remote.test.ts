import { chmod } from "node:fs/promises";
import { delimiter } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OperationError } from "../../../src/base/errors.ts";
import { createGitSandbox, type GitSandbox, oneFile, stateCommit } from "./git-sandbox.ts";

let box: GitSandbox;

beforeEach(async () => {
  box = await createGitSandbox();
  await box.createRemote("hub.git");
});
afterEach(() => box[Symbol.asyncDispose]());

describe("publishing to a remote", () => {
  it("commits the files as the bot, pushes them and brings the checkout along", async () => {
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop", 7), () =>
      Promise.resolve([
        { path: "status.yaml", content: "phase: Copying\n" },
        { path: "events/000007-copying.yaml", content: "seq: 7\r\n" },
        { path: "empty", content: "" },
      ]),
    );

    const tip = await box.git("hub.git", "rev-parse", "main");
    expect(outcome).toEqual({
      kind: "committed",
      commit: tip,
      branch: "main",
      isPushed: true,
      notice: null,
    });
    expect(await box.git("hub.git", "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", "main")).toBe(
      [
        "mongoferry[bot] <mongoferry@users.noreply.github.com>|mongoferry[bot] <mongoferry@users.noreply.github.com>|shop: Copying [skip ci]",
        "",
        "Mongoferry-Migration: shop",
        "Mongoferry-Epoch: 2",
        "Mongoferry-Seq: 7",
        "",
      ].join("\n"),
    );
    const trailers = "--format=%(trailers:key=Mongoferry-Seq,valueonly,separator=;)";
    expect(await box.git("hub.git", "log", "-1", trailers, "main")).toBe("7");
    expect(await box.read("work/state/shop/status.yaml")).toBe("phase: Copying\n");
    expect(await box.git("hub.git", "show", "main:README.md")).toBe("read me");
    expect(await box.git("work", "status", "--porcelain")).toBe("");
    expect(await box.git("work", "rev-parse", "HEAD")).toBe(tip);
    expect(await publisher.specCommit(), "what was published is no spec").toBe(
      await box.git("hub.git", "rev-parse", "main^"),
    );
    expect(await box.git("work", "for-each-ref", "refs/mongoferry")).toBe("");
  });

  it("keeps bytes as they are, whatever line-ending settings and filters say", async () => {
    await box.clone("hub.git", "work");
    await box.git("work", "config", "core.autocrlf", "true");
    await box.write("work/.git/info/attributes", "* text eol=crlf\n");
    const publisher = await box.publisher("work");
    await publisher.publish(stateCommit("shop"), oneFile("a\r\nb\n"));
    const blob = await box.git("hub.git", "rev-parse", "main:state/shop/status.yaml");
    expect(await box.git("hub.git", "cat-file", "-s", blob)).toBe("5");
  });

  it("makes no commit when nothing changed", async () => {
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    const tip = await box.git("hub.git", "rev-parse", "main");
    expect(await publisher.publish(stateCommit("shop", 2), oneFile("a"))).toEqual({
      kind: "unchanged",
    });
    expect(await box.git("hub.git", "rev-parse", "main")).toBe(tip);
  });

  it("lets five clones publish five migrations at the same time", async () => {
    const names = ["one", "two", "three", "four", "five"];
    await Promise.all(names.map((name) => box.clone("hub.git", name)));
    const outcomes = await Promise.all(
      names.map(async (name) => {
        const publisher = await box.publisher(name);
        return publisher.publish(stateCommit(name), oneFile(`migration: ${name}\n`));
      }),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(names.map(() => "committed"));
    const files = await box.git("hub.git", "ls-tree", "-r", "--name-only", "main", "state/");
    expect(files.split("\n")).toEqual(names.map((name) => `state/${name}/status.yaml`).toSorted());
    expect(await box.git("hub.git", "rev-list", "--count", "main")).toBe("6");
    await box.git("hub.git", "fsck", "--strict");
  });

  it("lets one clone publish several migrations at the same time", async () => {
    const names = ["one", "two", "three", "four"];
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    await Promise.all(
      names.map((name) => publisher.publish(stateCommit(name), oneFile(`migration: ${name}\n`))),
    );
    expect(await box.git("hub.git", "rev-list", "--count", "main")).toBe("5");
    await box.git("work", "pull", "--quiet", "--ff-only");
    expect(await box.git("work", "status", "--porcelain")).toBe("");
    expect(await box.git("work", "rev-parse", "HEAD")).toBe(
      await box.git("hub.git", "rev-parse", "main"),
    );
  });

  it("renders again on the new tip when somebody else was faster", async () => {
    await box.clone("hub.git", "work");
    await box.clone("hub.git", "other");
    const publisher = await box.publisher("work");
    let tries = 0;
    const outcome = await publisher.publish(stateCommit("shop"), async () => {
      tries += 1;
      if (tries <= 3) {
        await box.git("other", "commit", "--quiet", "--allow-empty", "-m", `other ${tries}`);
        await box.git("other", "push", "--quiet");
      }
      return [{ path: "status.yaml", content: `try ${tries}\n` }];
    });
    expect(tries).toBe(4);
    expect(outcome).toMatchObject({ kind: "committed", isPushed: true });
    expect(await box.git("hub.git", "show", "main:state/shop/status.yaml")).toBe("try 4");
    const subjects = await box.git("hub.git", "log", "--format=%s", "main");
    expect(subjects.split("\n")).toEqual([
      "shop: Copying [skip ci]",
      "other 3",
      "other 2",
      "other 1",
      "begin",
    ]);
  });

  it("takes away what a killed process has left long ago, and nothing of one that may live", async () => {
    await box.clone("hub.git", "work");
    const [old, recent] = ["1700000000000-a", `${Date.now()}-b`];
    await box.git("work", "update-ref", `refs/mongoferry/${old}`, "HEAD");
    await box.git("work", "update-ref", `refs/mongoferry/${recent}`, "HEAD");
    const publisher = await box.publisher("work");
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    const left = await box.git("work", "for-each-ref", "--format=%(refname)", "refs/mongoferry");
    expect(left).toBe(`refs/mongoferry/${recent}`);
  });

  it("leaves staged, unstaged, untracked and ignored files of the user byte for byte", async () => {
    await box.clone("hub.git", "work");
    await box.write("work/README.md", "staged\n");
    await box.git("work", "add", "README.md");
    await box.write("work/README.md", "staged, then changed\n");
    await box.write("work/untracked.txt", "mine\n");
    await box.write("work/.git/info/exclude", "ignored.txt\n");
    await box.write("work/ignored.txt", "mine too\n");
    await box.git("work", "rm", "--quiet", "--cached", "migrations/shop.yaml");
    const before = await describeWork();

    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));

    expect(outcome).toMatchObject({ kind: "committed", isPushed: true, notice: null });
    expect(await describeWork()).toEqual(before);
    expect(await box.git("hub.git", "show", "main:README.md")).toBe("read me");
    expect(await box.git("hub.git", "ls-tree", "--name-only", "main", "untracked.txt")).toBe("");
  });

  it("leaves a checkout alone whose own changes are in the way, and says so", async () => {
    await box.clone("hub.git", "work");
    await box.write("work/state/shop/status.yaml", "mine\n");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("theirs\n"));
    expect(outcome).toMatchObject({
      isPushed: true,
      notice: "State is on origin/main; your local main was left alone, git pull brings it in",
    });
    expect(await box.read("work/state/shop/status.yaml")).toBe("mine\n");
    expect(await box.git("work", "log", "--format=%s")).toBe("begin");
    expect(await box.git("hub.git", "show", "main:state/shop/status.yaml")).toBe("theirs");
  });

  it("neither publishes nor moves a commit that the user has not pushed", async () => {
    await box.clone("hub.git", "work");
    await box.git("work", "commit", "--quiet", "--allow-empty", "-m", "not yet pushed");
    const mine = await box.git("work", "rev-parse", "HEAD");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ isPushed: true, notice: expect.stringContaining("git pull") });
    expect(await box.git("work", "rev-parse", "HEAD")).toBe(mine);
    const subjects = await box.git("hub.git", "log", "--format=%s", "main");
    expect(subjects.split("\n")).toEqual(["shop: Copying [skip ci]", "begin"]);
  });

  it("commits locally on a branch that the remote does not have", async () => {
    await box.clone("hub.git", "work");
    await box.git("work", "checkout", "--quiet", "-b", "topic");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ branch: "topic", isPushed: false });
    expect(await box.git("hub.git", "branch", "--format=%(refname:short)")).toBe("main");
    expect(await box.git("work", "log", "-1", "--format=%s")).toBe("shop: Copying [skip ci]");
  });

  it("works in a shallow clone, as CI has it", async () => {
    await box.write("hub.git-seed/README.md", "second\n");
    await box.git("hub.git-seed", "commit", "--quiet", "-am", "second");
    await box.git("hub.git-seed", "push", "--quiet");
    await box.git(".", "clone", "--quiet", "--depth=1", `file://${box.path("hub.git")}`, "work");
    await box.git("hub.git-seed", "commit", "--quiet", "--allow-empty", "-m", "third");
    await box.git("hub.git-seed", "push", "--quiet");

    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));

    expect(outcome).toMatchObject({ isPushed: true, notice: null });
    expect(await box.git("hub.git", "rev-list", "--count", "main")).toBe("4");
    expect(await box.git("work", "rev-parse", "--is-shallow-repository")).toBe("true");
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("3");
  });

  it("works in a partial clone without fetching what it lacks", async () => {
    await box.git("hub.git", "config", "uploadpack.allowFilter", "true");
    const url = `file://${box.path("hub.git")}`;
    await box.git(".", "clone", "--quiet", "--filter=blob:none", "--no-checkout", url, "work");
    await box.write("work/migrations/shop.yaml", "kind: Migration\n");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ isPushed: true });
    expect(await box.git("hub.git", "show", "main:README.md")).toBe("read me");
  });

  it("runs no hooks of the user's, and signs nothing", async () => {
    await box.clone("hub.git", "work");
    for (const hook of ["pre-push", "post-merge", "reference-transaction", "post-index-change"]) {
      const path = `work/.git/hooks/${hook}`;
      await box.write(path, `#!/bin/sh\ntouch "${box.path("hook-ran")}"\nexit 1\n`);
      await chmod(box.path(path), 0o755);
    }
    await box.git("work", "config", "commit.gpgSign", "true");
    await box.git("work", "config", "push.gpgSign", "true");
    await box.git("work", "config", "gpg.program", "false");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ isPushed: true, notice: null });
    await expect(box.read("hook-ran")).rejects.toThrow("ENOENT");
  });

  it("follows the upstream's remote rather than origin", async () => {
    await box.clone("hub.git", "work", "--origin", "company");
    const publisher = await box.publisher("work");
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toMatchObject({
      isPushed: true,
    });
  });

  it("passes on what render throws", async () => {
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    const publication = publisher.publish(stateCommit("shop"), () =>
      Promise.reject(new RangeError("no such transition")),
    );
    await expect(publication).rejects.toThrow(RangeError);
    expect(await box.git("work", "for-each-ref", "refs/mongoferry")).toBe("");
  });

  it("refuses to write outside of the migration's folder", async () => {
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    for (const path of ["../other/status.yaml", "/etc/passwd", "a//b", ".git/config", "a\\b"]) {
      await expect(publisher.publish(stateCommit("shop"), oneFile("a", path))).rejects.toThrow(
        "is no path for a state file",
      );
    }
    await expect(publisher.publish(stateCommit("../x"), oneFile("a"))).rejects.toThrow(
      "is no name for a folder of state",
    );
  });

  it("keeps a file that stands where the folder of state has to be", async () => {
    await box.write("hub.git-seed/state", "a file\n");
    await box.git("hub.git-seed", "add", "state");
    await box.git("hub.git-seed", "commit", "--quiet", "-m", "in the way");
    await box.git("hub.git-seed", "push", "--quiet");
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work");
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow(
      "publish state failed on state. A file stands where",
    );
    expect(await box.git("hub.git", "show", "main:state")).toBe("a file");
  });
});

describe("ssh", () => {
  it("is told to ask nothing", async () => {
    await prepareSsh();
    const publisher = await box.publisher("work", { env: sshEnv() });
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow();
    expect(await box.read("ssh-arguments")).toContain("-o BatchMode=yes");
  });

  it("runs as the user configured it", async () => {
    await prepareSsh();
    await box.git("work", "config", "core.sshCommand", "ssh -i deploy-key");
    const publisher = await box.publisher("work", { env: sshEnv() });
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow();
    expect(await box.read("ssh-arguments")).toContain("-i deploy-key");
    expect(await box.read("ssh-arguments")).not.toContain("BatchMode");
  });
});

describe("a push that is refused", () => {
  it("is not retried on a protected branch, and names the setting that helps", async () => {
    await box.clone("hub.git", "work");
    await installPreReceive(
      `echo run >> "${box.path("runs")}"\necho "error: GH006: Protected branch update failed for refs/heads/main." >&2\nexit 1`,
    );
    const publisher = await box.publisher("work");
    const publication = publisher.publish(stateCommit("shop"), oneFile("a"));
    await expect(publication).rejects.toThrow(OperationError);
    await expect(publication).rejects.toThrow(/GH006.*set state\.branch in a Defaults document/s);
    await expect(publication).rejects.toMatchObject({ isRetryable: false });
    expect(await box.read("runs")).toBe("run\n");
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("1");
  });

  it("fails at once when the remote cannot be reached, after one more try", async () => {
    await box.clone("hub.git", "work");
    await box.git("work", "remote", "set-url", "origin", box.path("gone.git"));
    const publisher = await box.publisher("work");
    const publication = publisher.publish(stateCommit("shop"), oneFile("a"));
    await expect(publication).rejects.toThrow("Check the remote's address and the network");
    await expect(publication).rejects.toMatchObject({ isRetryable: true });
  });

  it("never shows the credentials of a remote's URL (I9)", async () => {
    await box.clone("hub.git", "work");
    const url = "http://bot:ghp_plantedToken@127.0.0.1:1/shop.git";
    await box.git("work", "remote", "set-url", "origin", url);
    const publisher = await box.publisher("work");
    const error: unknown = await publisher
      .publish(stateCommit("shop"), oneFile("a"))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperationError);
    expect(everythingIn(error)).toContain("127.0.0.1");
    expect(everythingIn(error)).not.toContain("plantedToken");
  });

  it("takes no URL as a remote, where a token would become a process argument", async () => {
    await box.clone("hub.git", "work");
    await box.git(
      "work",
      "config",
      "branch.main.remote",
      "http://bot:ghp_plantedToken@127.0.0.1:1/",
    );
    const publisher = await box.publisher("work");
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toMatchObject({
      isPushed: true,
    });
  });

  it("hides known secrets in files, messages and errors (I9)", async () => {
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work", { redact: hideHunter });
    const commit = { ...stateCommit("shop"), subject: "failed with hunter2" };
    await publisher.publish(commit, oneFile("reason: hunter2\n"));
    expect(await box.git("hub.git", "log", "-1", "-p", "main")).not.toContain("hunter2");
  });
});

async function describeWork() {
  return {
    readme: await box.read("work/README.md"),
    untracked: await box.read("work/untracked.txt"),
    ignored: await box.read("work/ignored.txt"),
    spec: await box.read("work/migrations/shop.yaml"),
    staged: await box.git("work", "show", ":README.md"),
    status: await box.git("work", "status", "--porcelain", "--ignored"),
  };
}

async function installPreReceive(script: string): Promise<void> {
  await box.write("hub.git/hooks/pre-receive", `#!/bin/sh\n${script}\n`);
  await chmod(box.path("hub.git/hooks/pre-receive"), 0o755);
}

/** Message, stack and fields of an error and all its causes. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${JSON.stringify(error)}${everythingIn(error.cause)}`;
}

function hideHunter(text: string): string {
  return text.replaceAll("hunter2", "[redacted]");
}

/** An `ssh` that notes its arguments and fails, and a remote that is reached by it. */
async function prepareSsh(): Promise<void> {
  await box.clone("hub.git", "work");
  await box.git("work", "remote", "set-url", "origin", "ssh://git@example.invalid/shop.git");
  await box.write("bin/ssh", `#!/bin/sh\necho "$@" >> "${box.path("ssh-arguments")}"\nexit 255\n`);
  await chmod(box.path("bin/ssh"), 0o755);
}

function sshEnv() {
  return { ...box.env, PATH: `${box.path("bin")}${delimiter}${box.env["PATH"]}` };
}
