/** Which spec holds while a process works: what the branch has changed, and what was changed here. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBranchSpecs } from "../../../src/git/branch-specs.ts";
import type { SpecFiles } from "../../../src/ports.ts";
import { createGitSandbox, type GitSandbox, SPEC } from "./git-sandbox.ts";

let box: GitSandbox;

beforeEach(async () => {
  box = await createGitSandbox();
  await box.createRemote("hub.git");
  await box.clone("hub.git", "work");
});
afterEach(() => box[Symbol.asyncDispose]());

describe("specs of the branch", () => {
  it("are those that others have pushed since, also deleted, renamed and new ones", async () => {
    await push(async () => {
      await box.write("hub.git-seed/migrations/parts.yml", "parts: 1\n");
      await box.write("hub.git-seed/migrations/no spec.txt", "no spec");
    });
    await box.git("work", "pull", "--quiet");
    const files = await open("work");
    expect(await read(files)).toEqual({});
    await push(async () => {
      await box.write(`hub.git-seed/${SPEC}`, "kind: Migration\nchanged: ä\n");
      await box.git("hub.git-seed", "mv", "migrations/parts.yml", "migrations/a 'b\" $c.yaml");
      await box.write("hub.git-seed/migrations/no spec.txt", "changed");
    });
    expect(await read(files)).toEqual({
      [SPEC]: "kind: Migration\nchanged: ä\n",
      "migrations/parts.yml": null,
      "migrations/a 'b\" $c.yaml": "parts: 1\n",
    });
    await push(async () => {
      await rm(box.path(`hub.git-seed/${SPEC}`));
    });
    expect(await read(files)).toMatchObject({ [SPEC]: null });
    expect(await box.git("work", "status", "--porcelain")).toBe("");
    expect(await box.git("work", "for-each-ref", "refs/mongoferry")).toBe("");
  });

  it("give way to what was changed here, in a commit or without", async () => {
    const files = await open("work");
    await push(async () => box.write(`hub.git-seed/${SPEC}`, "theirs: 1\n"));
    expect(await read(files)).toEqual({ [SPEC]: "theirs: 1\n" });
    await box.write(`work/${SPEC}`, "ours: 1\n");
    expect(await read(files)).toEqual({});
    await box.git("work", "commit", "--quiet", "-am", "ours");
    expect(await read(files)).toEqual({});
    await push(async () => box.write(`hub.git-seed/${SPEC}`, "theirs: 2\n"));
    expect(await read(files)).toEqual({});
  });

  it("leave out the state that mongoferry itself commits there", async () => {
    const files = await open("work");
    const publisher = await box.publisher("work");
    await publisher.publish(
      { migration: "shop", subject: "shop: Copying", epoch: 1, seq: 1 },
      async () => [{ path: "status.yaml", content: "phase: Copying\n" }],
    );
    await push(async () => box.write("hub.git-seed/state/shop/status.yaml", "phase: None\n"));
    expect(await read(files)).toEqual({});
  });

  it("are seen from a shallow clone and from a detached HEAD, as in a CI job", async () => {
    const head = await box.git("hub.git", "rev-parse", "main");
    await box.git(".", "clone", "--quiet", "--depth=1", `file://${box.path("hub.git")}`, "job");
    await box.git("job", "checkout", "--quiet", "--detach", head);
    const files = await open("job", "main");
    for (const number of [1, 2, 3]) {
      await push(async () => box.write(`hub.git-seed/${SPEC}`, `theirs: ${number}\n`));
      expect(await read(files, "job")).toEqual({ [SPEC]: `theirs: ${number}\n` });
    }
    await expect((await open("job")).readOverrides()).rejects.toThrow("detached HEAD");
  });

  it("say so where the remote is away, and are there again when it is", async () => {
    const files = await open("work");
    await push(async () => box.write(`hub.git-seed/${SPEC}`, "theirs: 1\n"));
    await box.git("work", "remote", "set-url", "origin", box.path("nowhere.git"));
    await expect(files.readOverrides()).rejects.toThrow("nowhere.git");
    await box.git("work", "remote", "set-url", "origin", box.path("hub.git"));
    expect(await read(files)).toEqual({ [SPEC]: "theirs: 1\n" });
  });

  it("are the files themselves without a remote, on a branch of one's own, and without git", async () => {
    await box.git("work", "checkout", "--quiet", "-b", "own");
    await push(async () => box.write(`hub.git-seed/${SPEC}`, "theirs: 1\n"));
    expect(await read(await open("work"))).toEqual({});
    await box.git("work", "remote", "remove", "origin");
    expect(await read(await open("work"))).toEqual({});
    await box.write(`plain/${SPEC}`, "kind: Migration\n");
    expect(await openAt("plain", null)).toBeNull();
  });
});

async function openAt(folder: string, fallbackBranch: string | null): Promise<SpecFiles | null> {
  const specFile = join(box.path(folder), SPEC);
  return openBranchSpecs({ specFile, fallbackBranch, env: box.env, redact: (text) => text });
}

async function open(folder: string, fallbackBranch: string | null = null): Promise<SpecFiles> {
  const files = await openAt(folder, fallbackBranch);
  if (files === null) throw new Error("no repository");
  return files;
}

/** By path relative to the work tree. */
async function read(files: SpecFiles, folder = "work"): Promise<Record<string, string | null>> {
  const overrides = await files.readOverrides();
  const start = box.path(folder).length + 1;
  return Object.fromEntries([...overrides].map(([path, text]) => [path.slice(start), text]));
}

async function push(change: () => Promise<unknown>): Promise<void> {
  await box.git("hub.git-seed", "pull", "--quiet", "--rebase");
  await change();
  await box.git("hub.git-seed", "add", "--all");
  await box.git("hub.git-seed", "commit", "--quiet", "-m", "change");
  await box.git("hub.git-seed", "push", "--quiet", "origin", "main");
}
