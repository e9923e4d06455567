/** The repository behind the fake: a bare one, changed by git itself. */
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isolateGit } from "../git-server/isolate-git.ts";

export interface TreeEntry {
  readonly path: string;
  readonly content: string;
}

interface ListedEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
}

export class BareRepository {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.#folder = folder;
    this.#env = {
      ...isolateGit(process.env),
      GIT_DIR: folder,
      GIT_AUTHOR_NAME: "github-actions[bot]",
      GIT_AUTHOR_EMAIL: "bot@users.noreply.github.com",
      GIT_COMMITTER_NAME: "GitHub",
      GIT_COMMITTER_EMAIL: "noreply@github.com",
    };
  }

  /** Null where git refuses. */
  async resolve(name: string): Promise<string | null> {
    const { exitCode, stdout } = await this.#run(["rev-parse", "--verify", `${name}^{commit}`]);
    return exitCode === 0 ? stdout : null;
  }

  async treeOf(commit: string): Promise<string | null> {
    const { exitCode, stdout } = await this.#run(["rev-parse", "--verify", `${commit}^{tree}`]);
    return exitCode === 0 ? stdout : null;
  }

  /** Entries of a tree; null where there is none. */
  async listTree(tree: string, isRecursive: boolean): Promise<readonly ListedEntry[] | null> {
    const flags = isRecursive ? ["-r", "-t"] : [];
    const { exitCode, stdout } = await this.#run(["ls-tree", "-z", "--full-tree", ...flags, tree]);
    if (exitCode !== 0) return null;
    const lines = stdout.split("\0").filter((line) => line !== "");
    return lines.map((line) => {
      const [facts = "", path = ""] = line.split("\t");
      const [mode = "", type = "", sha = ""] = facts.split(" ");
      return { path, mode, type, sha };
    });
  }

  async parentsOf(commit: string): Promise<readonly string[]> {
    const { stdout } = await this.#run(["show", "--no-patch", "--format=%P", commit]);
    return stdout === "" ? [] : stdout.split(" ");
  }

  async isAncestor(ancestor: string, commit: string): Promise<boolean> {
    return (await this.#run(["merge-base", "--is-ancestor", ancestor, commit])).exitCode === 0;
  }

  async createTree(base: string | null, entries: readonly TreeEntry[]): Promise<string> {
    const index = { GIT_INDEX_FILE: join(this.#folder, `fake-index-${Math.random()}`) };
    try {
      if (base !== null) await this.#must(["read-tree", base], { env: index });
      for (const { path, content } of entries) {
        const blob = await this.#must(["hash-object", "-w", "--stdin"], { input: content });
        await this.#must(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], {
          env: index,
        });
      }
      return await this.#must(["write-tree"], { env: index });
    } finally {
      await rm(index.GIT_INDEX_FILE, { force: true });
    }
  }

  /** @param people - Who else than GitHub makes it. */
  async createCommit(
    tree: string,
    parents: readonly string[],
    message: string,
    people: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const flags = parents.flatMap((parent) => ["-p", parent]);
    return this.#must(["commit-tree", tree, ...flags], { input: message, env: people });
  }

  /** Whether the ref was still where it is expected; null: nowhere. */
  async updateRef(ref: string, commit: string, expected: string | null): Promise<boolean> {
    const old = expected ?? "0".repeat(40);
    return (await this.#run(["update-ref", ref, commit, old])).exitCode === 0;
  }

  async deleteRef(ref: string): Promise<void> {
    await this.#must(["update-ref", "-d", ref]);
  }

  /** Merges as GitHub's button does into a ref, and returns the merge's commit. */
  async merge(
    base: string,
    head: string,
    how: "merge" | "squash",
    message: string,
    ref = `refs/heads/${base}`,
  ): Promise<string> {
    const clone = await mkdtemp(join(tmpdir(), "fake-github-"));
    const git = async (...args: readonly string[]): Promise<string> => {
      const env = { ...this.#env, GIT_DIR: undefined };
      return (await execa("git", args, { cwd: clone, env, extendEnv: false })).stdout;
    };
    try {
      await git("clone", "--quiet", "--branch", base, this.#folder, ".");
      const flags = how === "squash" ? ["--squash"] : ["--no-ff", "-m", message];
      await git("merge", "--quiet", ...flags, head);
      if (how === "squash") await git("commit", "--quiet", "-m", message);
      // A preview is made anew; the base only ever gains commits.
      const force = ref.startsWith("refs/pull/") ? ["--force"] : [];
      await git("push", "--quiet", ...force, "origin", `HEAD:${ref}`);
      return await git("rev-parse", "HEAD");
    } finally {
      await rm(clone, { recursive: true, force: true });
    }
  }

  async #must(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run(args, options);
    if (exitCode !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
    return stdout;
  }

  async #run(args: readonly string[], { env = {}, input }: RunOptions = {}) {
    const { exitCode, stdout, stderr } = await execa("git", args, {
      env: { ...this.#env, ...env },
      extendEnv: false,
      reject: false,
      ...(input === undefined ? {} : { input }),
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}
