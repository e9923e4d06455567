import { dirname, join, resolve } from "node:path";
import type { SpecFiles, SpecOverrides } from "../ports.ts";
import { readTip } from "./advance-local-branch.ts";
import type { GitPublisherOptions } from "./git-publisher.ts";
import { locateRepository, type Repository } from "./locate-repository.ts";
import { withRemoteTip } from "./remote-branch.ts";
import { resolveTarget } from "./resolve-target.ts";
import { createGitRunner, mustRunGit, type RunGit, withoutSshPrompts } from "./run-git.ts";

/*
 * Which spec holds while a process works. Somebody merges a pull request: the branch on the remote has another spec than the
 * work tree that the process was started in. Somebody else edits the file right there. For each file, the side that has
 * changed it since both had the same commit holds; where both have, the one here does.
 */

/** The spec files that the remote's branch has otherwise; null where there is no repository, and so only the files themselves. */
export async function openBranchSpecs(
  options: Pick<GitPublisherOptions, "specFile" | "fallbackBranch" | "env" | "redact">,
): Promise<SpecFiles | null> {
  const directory = dirname(options.specFile);
  const plainRun = createGitRunner(directory, options.env, options.redact);
  const repository = await locateRepository(plainRun, options.specFile);
  if (repository === null) return null;
  const run = await withoutSshPrompts(plainRun, options.env);
  // Spelled as the spec's own path is, which may lead through links.
  const root = resolve(directory, await mustRunGit(run, ["rev-parse", "--show-cdup"]));
  return new BranchSpecs(run, { ...repository, root }, options.fallbackBranch);
}

/** What the branch has changed since it and the work tree had the same commit. */
interface BranchChange {
  readonly base: string;
  /** Paths relative to the root; null where the file was deleted. */
  readonly files: ReadonlyMap<string, string | null>;
  /** The last commit that did so; null: none. */
  readonly lastCommit: string | null;
}

class BranchSpecs implements SpecFiles {
  readonly #run: RunGit;
  readonly #repository: Repository;
  readonly #fallbackBranch: string | null;
  #known: { readonly key: string; readonly change: BranchChange } | null = null;

  constructor(run: RunGit, repository: Repository, fallbackBranch: string | null) {
    this.#run = async (args, options) => run(args, { directory: repository.root, ...options });
    this.#repository = repository;
    this.#fallbackBranch = fallbackBranch;
  }

  get lastCommit(): string | null {
    return this.#known?.change.lastCommit ?? null;
  }

  async readOverrides(): Promise<SpecOverrides> {
    const { remote, ref } = await resolveTarget(this.#run, null, this.#fallbackBranch);
    if (remote === null) return new Map();
    const { base, files } = await this.#readChange(remote, ref);
    const overrides = new Map<string, string | null>();
    for (const [path, text] of files) {
      if (!(await this.#isChangedHere(base, path))) {
        overrides.set(join(this.#repository.root, path), text);
      }
    }
    return overrides;
  }

  /** Asks for the tip's hash, and fetches only what is new. */
  async #readChange(remote: string, ref: string): Promise<BranchChange> {
    const head = await readTip(this.#run, "HEAD");
    const [tip = ""] = (await mustRunGit(this.#run, ["ls-remote", remote, ref])).split("\t");
    const key = `${head ?? ""} ${tip}`;
    if (this.#known?.key === key) return this.#known.change;
    const change =
      head === null || tip === "" || tip === head
        ? { base: head ?? "", files: new Map<string, string | null>(), lastCommit: null }
        : await withRemoteTip(this.#run, remote, ref, async (fetched) =>
            this.#readFiles(head, fetched ?? head),
          );
    this.#known = { key, change };
    return change;
  }

  async #readFiles(head: string, tip: string): Promise<BranchChange> {
    const base = await mustRunGit(this.#run, ["merge-base", head, tip]);
    const flags = ["--name-only", "--no-renames", "--no-ext-diff", "-z"];
    const paths = ["*.yaml", "*.yml", `:(exclude,top,literal)${this.#repository.stateFolder}`];
    const names = await mustRunGit(this.#run, ["diff", ...flags, base, tip, "--", ...paths]);
    const files = new Map<string, string | null>();
    for (const path of names.split("\0").filter((name) => name !== "")) {
      const shown = await this.#run(["cat-file", "blob", `${tip}:${path}`]);
      files.set(path, shown.exitCode === 0 ? `${shown.stdout}\n` : null);
    }
    const since = ["log", "--first-parent", "--max-count=1", "--format=%H", `${base}..${tip}`];
    const lastCommit = await mustRunGit(this.#run, [...since, "--", ...paths]);
    return { base, files, lastCommit: lastCommit === "" ? null : lastCommit };
  }

  async #isChangedHere(base: string, path: string): Promise<boolean> {
    const args = ["diff", "--quiet", "--no-ext-diff", base, "--", `:(top,literal)${path}`];
    return (await this.#run(args)).exitCode !== 0;
  }
}
