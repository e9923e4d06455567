/** A git repository with a remote, in a folder of its own: whatever the user's git is set to, and wherever it is run. */
import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { dirname, join } from "node:path";

export interface DemoRepository {
  /** Work tree with `migrations/`. */
  readonly folder: string;
  /** Bare repository that the work tree pushes to. */
  readonly remote: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs git in the work tree and returns what it prints. */
  git(...args: readonly string[]): Promise<string>;
}

/** Creates both repositories in `parent`, with the spec committed and pushed. */
export async function createDemoRepository(
  parent: string,
  specFile: string,
  spec: string,
  env: NodeJS.ProcessEnv,
): Promise<DemoRepository> {
  const folder = join(parent, "repository");
  const remote = join(parent, "remote.git");
  const ownEnv = isolateGit(env, parent);
  const git = async (...args: readonly string[]): Promise<string> => {
    const options = { cwd: folder, env: ownEnv, extendEnv: false, stdin: "ignore" } as const;
    return (await execa("git", args, options)).stdout;
  };
  await mkdir(join(folder, dirname(specFile)), { recursive: true });
  await git("init", "--quiet", "--bare", "--template=", remote);
  await git("init", "--quiet", "--template=");
  // `--initial-branch` came with git 2.28; this works with all.
  await git("symbolic-ref", "HEAD", "refs/heads/main");
  await git("--git-dir", remote, "symbolic-ref", "HEAD", "refs/heads/main");
  await git("config", "user.name", "mongoferry demo");
  await git("config", "user.email", "demo@example.com");
  await git("config", "commit.gpgSign", "false");
  await git("remote", "add", "origin", remote);
  await writeFile(join(folder, specFile), spec);
  await git("add", "--", specFile);
  await git("commit", "--quiet", "--message", "Move the world to a new home");
  await git("push", "--quiet", "--set-upstream", "origin", "main");
  return { folder, remote, env: ownEnv, git };
}

/**
 * Without the user's settings and without variables that name another repository (a hook or an alias sets them), and
 * never looking further up than `parent`, which may lie inside of a repository.
 */
function isolateGit(env: NodeJS.ProcessEnv, parent: string): NodeJS.ProcessEnv {
  const rest = Object.entries(env).filter(([name]) => !/^(?:GIT|GITHUB|MONGOFERRY)_/i.test(name));
  return {
    ...Object.fromEntries(rest),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CEILING_DIRECTORIES: parent,
  };
}
