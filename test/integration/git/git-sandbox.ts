import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describeProcess } from "../../../src/base/process-identity.ts";
import { createGitPublisher, type GitPublisherOptions } from "../../../src/git/git-publisher.ts";
import type { StateCommit } from "../../../src/model/state-commit.ts";
import type { StatePublisher } from "../../../src/ports.ts";

/** A folder for real repositories, with a git configuration of its own, that git never looks above. */
export interface GitSandbox extends AsyncDisposable {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs git in a folder of the sandbox and returns its output; throws where it fails. */
  git(folder: string, ...args: string[]): Promise<string>;
  write(path: string, content: string): Promise<void>;
  read(path: string): Promise<string>;
  path(name: string): string;
  /** A bare repository `name` with one commit on main, and a spec in it. */
  createRemote(name: string): Promise<void>;
  clone(remote: string, name: string, ...flags: string[]): Promise<void>;
  /** A publisher for the spec of a work tree. */
  publisher(folder: string, options?: Partial<GitPublisherOptions>): Promise<StatePublisher>;
}

export const SPEC = "migrations/shop.yaml";

export async function createGitSandbox(): Promise<GitSandbox> {
  // The spaces and letters are meant: paths like this must work everywhere.
  const root = await realpath(await mkdtemp(join(tmpdir(), "mongoferry git äß ")));
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: root,
    GIT_CONFIG_GLOBAL: join(root, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CEILING_DIRECTORIES: root,
  };
  await writeFile(
    env.GIT_CONFIG_GLOBAL,
    '[user]\nname = Una User\nemail = una@example.com\n[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n',
  );
  const path = (name: string) => join(root, name);
  const git = async (folder: string, ...args: string[]) => {
    const result = await execa("git", args, { cwd: path(folder), env, extendEnv: false });
    return result.stdout;
  };
  const write = async (name: string, content: string) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), content);
  };
  return {
    root,
    env,
    path,
    git,
    write,
    read: (name) => readFile(path(name), "utf8"),
    async createRemote(name) {
      await git(".", "init", "--quiet", "--bare", name);
      await git(".", "clone", "--quiet", name, `${name}-seed`);
      await write(`${name}-seed/${SPEC}`, "kind: Migration\n");
      await write(`${name}-seed/README.md`, "read me\n");
      await git(`${name}-seed`, "add", ".");
      await git(`${name}-seed`, "commit", "--quiet", "-m", "begin");
      await git(`${name}-seed`, "push", "--quiet", "origin", "main");
    },
    async clone(remote, name, ...flags) {
      await git(".", "clone", "--quiet", ...flags, path(remote), name);
    },
    publisher: (folder, options = {}) =>
      createGitPublisher({
        specFile: join(path(folder), SPEC),
        stateBranch: null,
        fallbackBranch: null,
        env,
        holder: { identity: describeProcess(process.pid), isProcessAlive: () => true },
        redact: (text) => text,
        ...options,
      }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

export function stateCommit(migration: string, seq = 1): StateCommit {
  return { migration, subject: `${migration}: Copying`, epoch: 2, seq };
}

/** Renders one file of state. */
export function oneFile(content: string, path = "status.yaml") {
  return () => Promise.resolve([{ path, content }]);
}
