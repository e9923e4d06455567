import { mkdir, readdir, rm, symlink, utimes } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeProcess } from "../../../src/base/process-identity.ts";
import { createGitSandbox, type GitSandbox, oneFile, SPEC, stateCommit } from "./git-sandbox.ts";

let box: GitSandbox;

beforeEach(async () => {
  box = await createGitSandbox();
});
afterEach(() => box[Symbol.asyncDispose]());

describe("publishing without a remote", () => {
  it("commits to the branch that is checked out", async () => {
    await createRepository("work");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({
      kind: "committed",
      branch: "main",
      isPushed: false,
      notice: "State was committed to main and not pushed, since there is no remote",
    });
    expect(await box.read("work/state/shop/status.yaml")).toBe("a");
    expect(await box.git("work", "status", "--porcelain")).toBe("");
  });

  it("makes the first commit of a repository, and leaves the user's files uncommitted", async () => {
    await box.git(".", "init", "--quiet", "work");
    await box.write(`work/${SPEC}`, "kind: Migration\n");
    await box.write("work/staged.txt", "staged\n");
    await box.git("work", "add", "staged.txt");
    const publisher = await box.publisher("work");
    expect(await publisher.specCommit()).toBeNull();
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.git("work", "ls-tree", "-r", "--name-only", "HEAD")).toBe(
      "state/shop/status.yaml",
    );
    expect(await box.git("work", "status", "--porcelain")).toBe("A  staged.txt\n?? migrations/");
  });

  it("lets several migrations of one clone publish at the same time", async () => {
    await createRepository("work");
    await box.write("work/README.md", "changed\n");
    const names = ["one", "two", "three", "four", "five"];
    await Promise.all(
      names.map(async (name) => {
        const publisher = await box.publisher("work");
        await publisher.publish(stateCommit(name), oneFile(`migration: ${name}\n`));
      }),
    );
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("6");
    expect(await box.git("work", "status", "--porcelain")).toBe(" M README.md");
    expect((await readdir(box.path("work/state"))).toSorted()).toEqual(names.toSorted());
    expect(await readdir(box.path("work/.git"))).not.toContain("mongoferry.lock");
  });

  it("goes on where folders of state lie in one another beside files", async () => {
    await createRepository("work");
    const publisher = await box.publisher("work");
    const first = [
      { path: "plan.json", content: "{}" },
      { path: "events/000001-copying.yaml", content: "a" },
    ];
    await publisher.publish(stateCommit("shop"), async () => first);
    const second = [...first, { path: "events/000002-verifying.yaml", content: "b" }];
    const outcome = await publisher.publish(stateCommit("shop"), async () => second);
    expect(outcome.kind).toBe("committed");
    expect(await box.read("work/state/shop/events/000002-verifying.yaml")).toBe("b");
  });

  it("refuses, and changes nothing, when the user's own changes are in the way", async () => {
    await createRepository("work");
    await box.write("work/state/shop/status.yaml", "mine\n");
    const publisher = await box.publisher("work");
    const publication = publisher.publish(stateCommit("shop"), oneFile("theirs\n"));
    await expect(publication).rejects.toThrow("Commit or put away the changes");
    expect(await box.read("work/state/shop/status.yaml")).toBe("mine\n");
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("1");
  });

  it("takes over the lock of a process that died", async () => {
    await createRepository("work");
    await box.write("work/.git/mongoferry.lock", "");
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(box.path("work/.git/mongoferry.lock"), longAgo, longAgo);
    const publisher = await box.publisher("work");
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("2");
  });

  it.each([
    { owner: "is dead", isAlive: false, ageMs: 5_000, isTaken: true },
    { owner: "was just killed", isAlive: false, ageMs: 0, isTaken: true },
    { owner: "lives", isAlive: true, ageMs: 5_000, isTaken: false },
  ])("takes over a lock whose owner $owner, in seconds or not at all", async (lock) => {
    await createRepository("work");
    const identity = describeProcess(process.pid);
    await box.write("work/.git/mongoferry.lock", JSON.stringify({ ...identity, pid: 77 }));
    const then = new Date(Date.now() - lock.ageMs);
    await utimes(box.path("work/.git/mongoferry.lock"), then, then);
    const holder = { identity, isProcessAlive: (pid: number) => pid !== 77 || lock.isAlive };
    const publisher = await box.publisher("work", { holder });
    const published = publisher.publish(stateCommit("shop"), oneFile("a"));
    const first = await Promise.race([published, delay(10_000, "waits")]);
    expect(first === "waits").toBe(!lock.isTaken);
    // Its owner is done.
    if (!lock.isTaken) await rm(box.path("work/.git/mongoferry.lock"));
    expect(await published).toMatchObject({ kind: "committed" });
  });

  it("is not led astray by the variables git sets for hooks", async () => {
    await createRepository("work");
    await createRepository("victim");
    const env = {
      ...box.env,
      GIT_DIR: box.path("victim/.git"),
      GIT_WORK_TREE: box.path("victim"),
      GIT_INDEX_FILE: box.path("victim/.git/index"),
      EDITOR: "vi",
      PAGER: "less",
    };
    const publisher = await box.publisher("work", { env });
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.git("victim", "rev-list", "--count", "HEAD")).toBe("1");
    expect(await box.git("work", "rev-list", "--count", "HEAD")).toBe("2");
  });

  it("works with SHA-256 objects", async () => {
    await createRepository("work", "--object-format=sha256");
    const publisher = await box.publisher("work");
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("commits to the branch of a second work tree", async () => {
    await createRepository("work");
    await box.git("work", "worktree", "add", "--quiet", "-b", "side", box.path("side tree"));
    const publisher = await box.publisher("side tree");
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toMatchObject({
      branch: "side",
    });
    expect(await box.git("side tree", "status", "--porcelain")).toBe("");
    expect(await box.read("side tree/state/shop/status.yaml")).toBe("a");
    expect(await box.git("work", "rev-list", "--count", "main")).toBe("1");
  });

  it("moves files along where another work tree has the state branch checked out", async () => {
    await createRepository("work");
    await box.git("work", "worktree", "add", "--quiet", "-b", "states", box.path("states"));
    const publisher = await box.publisher("work", { stateBranch: "states" });
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.read("states/state/shop/status.yaml")).toBe("a");
    expect(await box.git("states", "status", "--porcelain")).toBe("");
  });

  it("commits to a submodule that is on a branch", async () => {
    await createRepository("inner");
    await createRepository("outer");
    await box.git("outer", "submodule", "--quiet", "add", box.path("inner"), "lib");
    await box.git("outer/lib", "remote", "remove", "origin");
    const publisher = await box.publisher("outer/lib");
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.read("outer/lib/state/shop/status.yaml")).toBe("a");
    expect(await box.git("outer", "rev-list", "--count", "HEAD")).toBe("1");
  });

  it("puts state beside the migrations folder, wherever that lies in the repository", async () => {
    await createRepository("work");
    const specFile = box.path("work/infra ü/migrations/team-a/shop.yaml");
    await box.write("work/infra ü/migrations/team-a/shop.yaml", "kind: Migration\n");
    const publisher = await box.publisher("work", { specFile });
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.read("work/infra ü/state/shop/status.yaml")).toBe("a");
  });

  it("puts state beside the spec where there is no migrations folder", async () => {
    await createRepository("work");
    const publisher = await box.publisher("work", { specFile: box.path("work/README.md") });
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.read("work/state/shop/status.yaml")).toBe("a");
  });
});

describe("a detached HEAD", () => {
  it("is refused with the way out", async () => {
    await createRepository("work");
    await box.git("work", "checkout", "--quiet", "--detach");
    const publisher = await box.publisher("work");
    const publication = publisher.publish(stateCommit("shop"), oneFile("a"));
    await expect(publication).rejects.toThrow(
      /detached HEAD.*state\.branch in a Defaults document/,
    );
  });

  it("takes the branch that CI names", async () => {
    await box.createRemote("hub.git");
    await box.clone("hub.git", "work");
    await box.git("work", "checkout", "--quiet", "--detach");
    const publisher = await box.publisher("work", { fallbackBranch: "main" });
    const outcome = await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(outcome).toMatchObject({ branch: "main", isPushed: true, notice: null });
    expect(await box.git("hub.git", "rev-list", "--count", "main")).toBe("2");
  });
});

describe("a branch for state only", () => {
  it("begins without a parent and is pushed, and the checkout stays as it is", async () => {
    await box.createRemote("hub.git");
    await box.clone("hub.git", "work");
    const publisher = await box.publisher("work", { stateBranch: "mongoferry/state" });
    const first = await publisher.publish(stateCommit("shop", 1), oneFile("a"));
    const second = await publisher.publish(stateCommit("shop", 2), oneFile("b"));
    expect([first, second]).toMatchObject([
      { branch: "mongoferry/state", isPushed: true, notice: null },
      { branch: "mongoferry/state", isPushed: true, notice: null },
    ]);
    expect(await box.git("hub.git", "rev-list", "--count", "mongoferry/state")).toBe("2");
    const files = await box.git("hub.git", "ls-tree", "-r", "--name-only", "mongoferry/state");
    expect(files).toBe("state/shop/status.yaml");
    expect(await box.git("work", "branch", "--format=%(refname:short)")).toBe("main");
    expect(await readdir(box.path("work"))).not.toContain("state");
  });

  it("is created once when several begin it at the same time", async () => {
    await box.createRemote("hub.git");
    const names = ["one", "two", "three"];
    await Promise.all(names.map((name) => box.clone("hub.git", name, "--depth=1")));
    await Promise.all(
      names.map(async (name) => {
        const publisher = await box.publisher(name, { stateBranch: "states" });
        await publisher.publish(stateCommit(name), oneFile("a"));
      }),
    );
    expect(await box.git("hub.git", "rev-list", "--count", "states")).toBe("3");
  });

  it("is a local branch without a remote", async () => {
    await createRepository("work");
    const publisher = await box.publisher("work", { stateBranch: "states" });
    await publisher.publish(stateCommit("shop", 1), oneFile("a"));
    await publisher.publish(stateCommit("shop", 2), oneFile("b"));
    expect(await box.git("work", "show", "states:state/shop/status.yaml")).toBe("b");
    expect(await box.git("work", "rev-list", "--count", "states")).toBe("2");
    expect(await box.git("work", "status", "--porcelain")).toBe("");
  });

  it.each(["-f", "a b", "a..b", "HEAD", "x\nupdate refs/heads/main"])(
    "is refused by the name %j",
    async (stateBranch) => {
      await createRepository("work");
      const publisher = await box.publisher("work", { stateBranch });
      await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toThrow(
        "no name git accepts for a branch",
      );
    },
  );
});

describe("without a repository", () => {
  it("writes files, and says so", async () => {
    await box.write(`plain/${SPEC}`, "kind: Migration\n");
    const publisher = await box.publisher("plain");
    const outcome = await publisher.publish(
      stateCommit("shop"),
      oneFile("a", "events/000001-copying.yaml"),
    );
    expect(outcome).toEqual({
      kind: "files-only",
      notice: `The spec is in no git repository, so state was written to ${box.path("plain/state/shop")} without history`,
    });
    expect(await readdir(box.path("plain/state/shop/events"))).toEqual(["000001-copying.yaml"]);
    expect(await publisher.specCommit()).toBeNull();
    expect(
      await publisher.publish(stateCommit("shop"), oneFile("a", "events/000001-copying.yaml")),
    ).toEqual({ kind: "unchanged" });
  });

  it("does the same where git is not installed", async () => {
    await createRepository("work");
    await mkdir(box.path("empty"));
    const publisher = await box.publisher("work", { env: { ...box.env, PATH: box.path("empty") } });
    expect(await publisher.publish(stateCommit("shop"), oneFile("a"))).toMatchObject({
      kind: "files-only",
    });
  });

  it("says where it could not write", async () => {
    await box.write(`plain/${SPEC}`, "kind: Migration\n");
    await box.write("plain/state", "a file\n");
    const publisher = await box.publisher("plain");
    await expect(publisher.publish(stateCommit("shop"), oneFile("a"))).rejects.toMatchObject({
      name: "OperationError",
      operation: "write state",
    });
  });

  it("refuses a repository that git itself refuses", async () => {
    await createRepository("work");
    await box.write("work/.git/config", "[core]\nrepositoryformatversion = 99\n");
    await expect(box.publisher("work")).rejects.toMatchObject({
      name: "OperationError",
      operation: "find the git repository",
    });
  });

  it("finds the repository through a symbolic link", async () => {
    await createRepository("work");
    await symlink(box.path("work"), box.path("link"));
    const publisher = await box.publisher("link");
    await publisher.publish(stateCommit("shop"), oneFile("a"));
    expect(await box.read("work/state/shop/status.yaml")).toBe("a");
  });
});

async function createRepository(name: string, ...flags: string[]): Promise<void> {
  await box.git(".", "init", "--quiet", ...flags, name);
  await box.write(`${name}/${SPEC}`, "kind: Migration\n");
  await box.write(`${name}/README.md`, "read me\n");
  await box.git(name, "add", ".");
  await box.git(name, "commit", "--quiet", "-m", "begin");
}
