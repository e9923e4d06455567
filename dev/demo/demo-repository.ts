/** A git repository with a remote, in a folder of its own: whatever the user's git is set to, and wherever it is run. */
import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isolateGit } from "../git-server/isolate-git.ts";

export interface DemoRepository {
  /** Work tree with `migrations/`. */
  readonly folder: string;
  /** Bare repository that the work tree pushes to. */
  readonly remote: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs git in the work tree and returns what it prints. */
  git(...args: readonly string[]): Promise<string>;
  /** Paths below a folder, as main of the remote has them. */
  readonly listPushed: (folder: string) => Promise<readonly string[]>;
  /** Writes files of the work tree, by their path, and commits them. */
  commit(files: Readonly<Record<string, string>>, message: string): Promise<void>;
}

/** Creates both repositories in `parent`, with the files committed and pushed. */
export async function createDemoRepository(
  parent: string,
  files: Readonly<Record<string, string>>,
  message: string,
  env: NodeJS.ProcessEnv,
): Promise<DemoRepository> {
  const folder = join(parent, "repository");
  const remote = join(parent, "remote.git");
  // Never looking further up than `parent`, which may lie inside of a repository.
  const ownEnv = { ...isolateGit(env), GIT_CEILING_DIRECTORIES: parent };
  const git = async (...args: readonly string[]): Promise<string> => {
    const options = { cwd: folder, env: ownEnv, extendEnv: false, stdin: "ignore" } as const;
    return (await execa("git", args, options)).stdout;
  };
  const commit = async (changed: Readonly<Record<string, string>>, why: string): Promise<void> => {
    for (const [path, text] of Object.entries(changed)) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await git("add", "--", ...Object.keys(changed));
    await git("commit", "--quiet", "--message", why);
  };
  const listPushed = async (below: string): Promise<readonly string[]> => {
    const paths = await git("--git-dir", remote, "ls-tree", "-r", "--name-only", "main", below);
    return paths.split("\n").filter((path) => path !== "");
  };
  await mkdir(folder, { recursive: true });
  await git("init", "--quiet", "--bare", "--template=", remote);
  await git("init", "--quiet", "--template=");
  // `--initial-branch` came with git 2.28; this works with all.
  await git("symbolic-ref", "HEAD", "refs/heads/main");
  await git("--git-dir", remote, "symbolic-ref", "HEAD", "refs/heads/main");
  await git("config", "user.name", "mongoferry demo");
  await git("config", "user.email", "demo@example.com");
  await git("config", "commit.gpgSign", "false");
  await git("remote", "add", "origin", remote);
  await commit(files, message);
  await git("push", "--quiet", "--set-upstream", "origin", "main");
  return { folder, remote, env: ownEnv, git, listPushed, commit };
}
