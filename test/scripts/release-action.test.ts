/** Releases of the Action in a small repository; test/flow/action.test.ts makes one of this project. */
import { execa } from "execa";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
// @ts-expect-error a script without types
import * as script from "../../scripts/release-action.mjs";

interface Release {
  readonly commit: string;
  readonly source: string;
  readonly isNew: boolean;
}

const { findPushedRelease, releaseAction, repositoryOf } = script as {
  findPushedRelease(root: string, source: string): string | null;
  releaseAction(options: { root: string; branch: string; build: () => void }): Release;
  repositoryOf(address: string): string | null;
};

const FILES = {
  ".gitignore": "dist/\n",
  LICENSE: "MIT",
  "README.md": "read me",
  "action.yml": "name: mongoferry",
  "package.json": '{"version": "1.2.3"}',
  "schemas/a.json": "{}",
  "scripts/optional-packages.mjs": "",
  "scripts/set-up-action.mjs": "",
  "src/bin.ts": "1",
  "templates/a.yaml": "a: 1",
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mongoferry-release-test-"));
  await git("init", "--quiet", "--initial-branch=trunk");
  await git("config", "user.name", "una");
  await git("config", "user.email", "una@example.com");
  await commit(FILES);
});

afterEach(async () => rm(root, { recursive: true, force: true }));

async function git(...args: readonly string[]): Promise<string> {
  return (await execa("git", args, { cwd: root })).stdout;
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  write(files);
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "change");
  return git("rev-parse", "HEAD");
}

function build(): void {
  write({ "dist/bin.js": "#!/usr/bin/env node\r\n", "dist/chunks/a.js": "a" });
}

function release(branch = "action", buildWith = build): Release {
  return releaseAction({ root, branch, build: buildWith });
}

describe("a release", () => {
  it("holds what the Action needs, and says what it was made of", async () => {
    const source = await git("rev-parse", "HEAD");
    const made = release();
    expect(made).toEqual({ commit: await git("rev-parse", "action"), source, isNew: true });
    const { ".gitignore": _ignored, "src/bin.ts": _source, ...needed } = FILES;
    const listed = await git("ls-tree", "-r", "--format=%(objectmode) %(path)", made.commit);
    expect(listed.split("\n").toSorted()).toEqual(
      ["100755 dist/bin.js", "100644 dist/chunks/a.js"]
        .concat(Object.keys(needed).map((path) => `100644 ${path}`))
        .toSorted(),
    );
    // Byte for byte, whatever git is set to make of ends of lines.
    expect(await git("cat-file", "-s", `${made.commit}:dist/bin.js`)).toBe("21");
    const message = await git("log", "-1", "--format=%B", made.commit);
    expect(message).toMatch(/^Release the Action, 1\.2\.3 as of [0-9a-f]{12}\n/u);
    expect(message).toContain(`\nSource-Commit: ${source}`);
  });

  it("leaves everything else as it is", async () => {
    await commit({ "src/bin.ts": "2" });
    const look = async (): Promise<readonly unknown[]> => [
      await readFile(join(root, ".git/HEAD"), "utf8"),
      await git("rev-parse", "trunk"),
      await readFile(join(root, ".git/index")),
      await git("stash", "list"),
      await git("reflog"),
    ];
    const before = await look();
    release();
    expect(await look()).toEqual(before);
    expect(await git("branch", "--format=%(refname:short)")).toBe("action\ntrunk");
  });

  it("has the one before as its parent", async () => {
    const first = release();
    expect(release()).toEqual({ ...first, isNew: false });
    await commit({ "templates/a.yaml": "a: 2" });
    const second = release();
    expect(await git("rev-list", "--parents", "action")).toBe(
      `${second.commit} ${first.commit}\n${first.commit}`,
    );
  });

  it("goes on from what was pushed elsewhere, and not where both have gone apart", async () => {
    const remote = "refs/remotes/origin/action";
    const first = release();
    await git("update-ref", remote, first.commit);
    await git("branch", "-D", "action");
    const source = await commit({ "src/bin.ts": "2" });
    const second = release();
    expect(await git("rev-parse", "action^")).toBe(first.commit);
    expect(findPushedRelease(root, source)).toBeNull();
    await git("update-ref", remote, second.commit);
    expect(findPushedRelease(root, source)).toBe(second.commit);
    expect(findPushedRelease(root, first.source)).toBe(first.commit);

    await git("branch", "--force", "action", first.commit);
    await commit({ "src/bin.ts": "3" });
    expect(await git("rev-parse", `${release().commit}^`)).toBe(second.commit);
    await git("branch", "--force", "action", first.commit);
    await git("update-ref", remote, release("other").commit);
    expect(() => release()).toThrow("have gone apart");
  });
});

describe("what is refused, with nothing made", () => {
  afterEach(async () => {
    expect(await git("for-each-ref", "refs/heads/action")).toBe("");
  });

  it("is a working tree that differs from HEAD", async () => {
    write({ "src/bin.ts": "2" });
    expect(() => release()).toThrow("src/bin.ts");
    await git("update-index", "--assume-unchanged", "src/bin.ts");
    expect(await git("status", "--porcelain")).toBe("");
    expect(() => release()).toThrow("src/bin.ts");
    write({ "src/bin.ts": "1", "src/new.ts": "" });
    await git("config", "status.showUntrackedFiles", "no");
    expect(() => release()).toThrow("src/new.ts");
  });

  it("is a build that may be of something else", () => {
    const change = (): void => {
      build();
      write({ "src/bin.ts": "2" });
    };
    expect(() => release("action", change)).toThrow("src/bin.ts");
    write({ "src/bin.ts": "1" });
    expect(() => release("action", () => {})).toThrow("dist/bin.js");
  });

  it("is a branch that is, or may be, for something else", async () => {
    await git("branch", "feature");
    await git("update-ref", "refs/remotes/origin/develop", "HEAD");
    await git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop");
    const branches = ["trunk", "main", "master", "develop", "feature"];
    for (const branch of [...branches, "@{-1}", "-x", "a b", "a..b", ""]) {
      expect(() => release(branch), branch).toThrow("Name another one with --branch");
    }
    expect(await git("branch", "--format=%(refname:short)")).toBe("feature\ntrunk");
  });
});

it("finds the repository in the address of a remote", () => {
  const known = [
    "https://github.com/una/mongoferry.git",
    "https://x:token@github.com/una/mongoferry",
    "git@github.com:una/mongoferry.git",
    "ssh://git@ghe.example.com:2222/una/mongoferry.git",
  ];
  for (const address of known) expect(repositoryOf(address), address).toBe("una/mongoferry");
  const unknown = ["", "/srv/git/una/mongoferry.git", "../mongoferry", "file:///srv/una/x.git"];
  for (const address of unknown) expect(repositoryOf(address), address).toBeNull();
});
