/** This project as somebody has cloned it: a repository of its own, with what is not committed here committed there. */
import { execa } from "execa";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isolateGit } from "../../dev/git-server/isolate-git.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where node_modules are that hold what the lock file says. */
export const NODE_MODULES = join(ROOT, "node_modules");
/** Neither the Action nor its build has to do with these. */
const LEFT_OUT = /^(?:test|bench|dev|docs|deploy|migrations)\//u;

export interface ActionCheckout extends AsyncDisposable {
  readonly directory: string;
  git(...args: readonly string[]): Promise<string>;
  /** Commits what the working tree holds; returns the commit. */
  commit(): Promise<string>;
  /** `npm run release:action` with these arguments; returns the commit that it names. */
  release(...args: readonly string[]): Promise<string>;
  /** Writes the files of a commit into a new folder, as a runner does for `uses:`. */
  extract(commit: string, folder: string): Promise<string>;
}

export async function openActionCheckout(): Promise<ActionCheckout> {
  const directory = await mkdtemp(join(tmpdir(), "mongoferry-checkout-"));
  const identity = { name: "una", email: "una@example.com" };
  const env = {
    ...isolateGit(process.env),
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
  };
  const inCheckout = { cwd: directory, env, extendEnv: false } as const;
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execa("git", args, inCheckout)).stdout;
  const commit = async (): Promise<string> => {
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "change");
    return git("rev-parse", "HEAD");
  };
  const listed = await execa(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: ROOT,
    },
  );
  const paths = listed.stdout.split("\0").filter((path) => path !== "" && !LEFT_OUT.test(path));
  for (const path of paths) await cp(join(ROOT, path), join(directory, path));
  await git("init", "--quiet", "--initial-branch=main");
  await symlink(NODE_MODULES, join(directory, "node_modules"));
  await writeFile(join(directory, ".git/info/exclude"), "/node_modules\n");
  await commit();
  return {
    directory,
    git,
    commit,
    async release(...args) {
      const { stdout } = await execa("npm", ["run", "release:action", "--", ...args], inCheckout);
      return /uses: OWNER\/mongoferry@([0-9a-f]{40})$/mu.exec(stdout)?.[1] ?? "";
    },
    async extract(of, folder) {
      await mkdir(folder, { recursive: true });
      const archive = join(folder, ".tar");
      await git("archive", `--output=${archive}`, of);
      await execa("tar", ["-xf", archive, "-C", folder]);
      await rm(archive);
      return folder;
    },
    [Symbol.asyncDispose]: async () => rm(directory, { recursive: true, force: true }),
  };
}
