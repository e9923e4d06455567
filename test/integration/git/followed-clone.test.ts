import { chmod, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFollowedClone } from "../../../src/git/followed-clone.ts";
import type { Environment } from "../../../src/git/git-environment.ts";
import { accessRemote } from "../../../src/git/remote-access.ts";
import {
  parseRepositoryAddress,
  type RepositoryAddress,
} from "../../../src/git/repository-address.ts";
import type { FollowedClone } from "../../../src/ports.ts";
import { createGitSandbox, type GitSandbox, SPEC } from "./git-sandbox.ts";

let sandbox: GitSandbox;
let stop: AbortController;
let nowMs: number;

beforeEach(async () => {
  sandbox = await createGitSandbox();
  await sandbox.createRemote("remote.git");
  await sandbox.clone("remote.git", "author");
  stop = new AbortController();
  nowMs = 1_000_000;
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

interface Opening {
  readonly branch?: string;
  readonly address?: RepositoryAddress;
  readonly env?: Environment;
  readonly pid?: number;
  readonly specPaths?: readonly string[];
}

async function open(opening: Opening = {}): Promise<FollowedClone> {
  const { branch = "main", pid = 1, specPaths = ["migrations"], env = sandbox.env } = opening;
  return openFollowedClone({
    address: opening.address ?? parseRepositoryAddress(sandbox.path("remote.git")),
    branch,
    specPaths,
    folder: sandbox.path("clone"),
    env,
    redact: (text) => text,
    claimant: { identity: { host: "a", processTable: "a/1", pid }, isProcessAlive: () => true },
    clock: { now: () => new Date(), monotonicMs: () => nowMs },
    stop: stop.signal,
  });
}

async function push(path: string, text: string): Promise<string> {
  await sandbox.write(`author/${path}`, text);
  await sandbox.git("author", "add", "--all");
  await sandbox.git("author", "commit", "--quiet", "--message", "change");
  await sandbox.git("author", "push", "--quiet", "--force", "origin", "HEAD:main");
  return sandbox.git("author", "rev-parse", "HEAD");
}

async function readSpec({ current }: FollowedClone): Promise<string> {
  return sandbox.read(join("clone", "trees", current?.commit ?? "none", SPEC));
}

describe("a clone that follows a branch", () => {
  it("has another work tree for other specs, and leaves the one before as it was", async () => {
    await using clone = await open();
    expect(clone.current).toBeNull();
    const before = (await clone.pull()).checkout;
    expect((await clone.pull()).checkout).toBe(before);
    const commit = await push(SPEC, "kind: Changed\n");
    const { checkout, isForced } = await clone.pull();
    expect(checkout).toMatchObject({ commit, specsCommit: commit });
    expect([isForced, checkout.root === before.root]).toEqual([false, false]);
    expect(await readSpec(clone)).toBe("kind: Changed\n");
    await clone.prune(new Set());
    expect((await stat(join(before.root, SPEC))).isFile()).toBe(true);
  });

  it("removes work trees that nobody can be reading any more", async () => {
    await using clone = await open();
    const roots: string[] = [];
    for (const text of ["one", "two", "three"]) {
      await push(SPEC, `kind: ${text}\n`);
      roots.push((await clone.pull()).checkout.root);
    }
    const [first = "", second = "", third = ""] = roots;
    const areThere = async (): Promise<readonly boolean[]> =>
      Promise.all(roots.map(async (root) => (await stat(root).catch(() => null)) !== null));
    nowMs += 59_000;
    await clone.prune(new Set());
    expect(await areThere()).toEqual([true, true, true]);
    nowMs += 2_000;
    await clone.prune(new Set([first]));
    expect(await areThere()).toEqual([true, false, true]);
    expect(clone.current?.root).toBe(third);
    await clone.prune(new Set());
    expect(await areThere()).toEqual([false, false, true]);
    expect(await sandbox.git("clone/repository", "worktree", "list")).not.toContain(second);
  });

  it.each([
    ["beside the specs", "state/shop/status.yaml", ["migrations"]],
    ["where specs are everywhere", "state/shop/status.yaml", ["."]],
    [
      "where specs are everywhere, and of events",
      "infra/state/shop/events/000001-copying.yaml",
      ["."],
    ],
    ["anywhere else", "README.md", ["migrations"]],
  ])("keeps its work tree when something is committed %s", async (_, path, specPaths) => {
    await using clone = await open({ specPaths });
    const before = (await clone.pull()).checkout;
    await push(path, "phase: Copying\n");
    expect((await clone.pull()).checkout).toBe(before);
  });

  it("tells what was pushed by force, and has what there is now", async () => {
    await using clone = await open();
    const before = await push(SPEC, "kind: Before\n");
    await clone.pull();
    await sandbox.git("author", "reset", "--quiet", "--hard", "HEAD~1");
    await push(SPEC, "kind: Instead\n");
    expect(await clone.pull()).toMatchObject({ isForced: true });
    expect(await readSpec(clone)).toBe("kind: Instead\n");
    await sandbox.git("author", "reset", "--quiet", "--hard", before);
    await sandbox.git("author", "push", "--quiet", "--force", "origin", "HEAD:main");
    expect(await clone.pull()).toMatchObject({ isForced: true, checkout: { commit: before } });
    expect(await readSpec(clone)).toBe("kind: Before\n");
  });

  it("has what it had last where the branch is gone or the remote is away", async () => {
    await using clone = await open();
    const { checkout } = await clone.pull();
    await sandbox.git("remote.git", "branch", "--move", "main", "other");
    await expect(clone.pull()).rejects.toThrow(/branch main of .*there is no such branch/u);
    await rename(sandbox.path("remote.git"), sandbox.path("away.git"));
    await expect(clone.pull()).rejects.toThrow("Check the remote's address and the network");
    expect(clone.current).toBe(checkout);
  });

  it("goes on with what an earlier process has fetched of this branch, and locks that it has left", async () => {
    const commit = await (async () => {
      await using first = await open();
      return (await first.pull()).checkout.commit;
    })();
    await writeFile(sandbox.path("clone/repository/.git/config.lock"), "");
    await writeFile(sandbox.path("clone/repository/.git/packed-refs.lock"), "");
    await rename(sandbox.path("remote.git"), sandbox.path("away.git"));
    await (async () => {
      await using again = await open();
      await expect(again.pull()).rejects.toThrow("read the specs failed");
      expect(again.current).toMatchObject({ commit });
      expect(await readSpec(again)).toBe("kind: Migration\n");
    })();
    await using other = await open({ branch: "other" });
    await expect(other.pull()).rejects.toThrow("read the specs failed");
    expect(other.current).toBeNull();
  });

  it("is one process's own", async () => {
    await using first = await open();
    await first.pull();
    await expect(open({ pid: 2 })).rejects.toThrow("process 1 keeps its clone there");
  });

  it.each(["", "-x", "a..b", "a:b", "refs/heads/*", "a b"])("refuses branch %j", async (branch) => {
    await expect(open({ branch })).rejects.toThrow("git takes no such name for a branch");
  });

  it("is reached by ssh with the key and the hosts that were named, and no other", async () => {
    // In the place of ssh: notes how it was called, and is the other side itself.
    await sandbox.write(
      "bin/ssh",
      `#!/bin/sh\nprintf '%s\\n' "$@" >> '${sandbox.path("calls")}'\nfor last; do :; done\nexec sh -c "$last"\n`,
    );
    await chmod(sandbox.path("bin/ssh"), 0o755);
    const address = parseRepositoryAddress(`git@git.example.com:${sandbox.path("remote.git")}`);
    const files = { sshKey: "/keys/my key", knownHosts: "/keys/known" };
    const path = `${sandbox.path("bin")}:${sandbox.env["PATH"] ?? ""}`;
    const { env } = accessRemote({ address, env: { ...sandbox.env, PATH: path }, ...files });
    await using clone = await open({ address, env });
    await clone.pull();
    expect(await readSpec(clone)).toBe("kind: Migration\n");
    const calls = (await sandbox.read("calls")).split("\n");
    expect(calls.slice(0, 2)).toEqual(["-i", "/keys/my key"]);
    expect(calls).toEqual(
      expect.arrayContaining([
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        'UserKnownHostsFile="/keys/known"',
        "git@git.example.com",
      ]),
    );
  });

  it("ends what it asks for when it is told to stop", async () => {
    await using clone = await open();
    stop.abort(new Error("stop"));
    await expect(clone.pull()).rejects.toThrow();
    expect(clone.current).toBeNull();
    await rm(sandbox.path("clone"), { recursive: true });
  });
});
