import { dirname, resolve, sep } from "node:path";
import { OperationError } from "../base/errors.ts";
import { GitFailure, type RunGit } from "./run-git.ts";

/** The work tree that holds the spec. */
export interface Repository {
  /** Root of the work tree. */
  readonly root: string;
  /** Shared by all work trees of the clone. */
  readonly commonDirectory: string;
  /** Folder of all state, relative to the root, with forward slashes: `state` or `infra/state`. */
  readonly stateFolder: string;
}

/**
 * Finds the repository of a spec. Null where there is none or git is not installed.
 * @throws OperationError where there is one that git will not work with, such as one of another owner.
 */
export async function locateRepository(run: RunGit, specFile: string): Promise<Repository | null> {
  const args = ["rev-parse", "--show-toplevel", "--git-common-dir", "--show-prefix"];
  const result = await run(args);
  if (result.exitCode === 0) {
    const [root = "", common = "", prefix = ""] = result.stdout.split("\n");
    const folders = prefix.split("/").filter((name) => name !== "");
    const stateFolder = [...besideMigrations(folders), "state"].join("/");
    return { root, commonDirectory: resolve(dirname(specFile), common), stateFolder };
  }
  const isMissing = /not a git repository \(or any|spawn git ENOENT/.test(result.stderr);
  if (isMissing) return null;
  throw new OperationError({
    operation: "find the git repository",
    object: specFile,
    isRetryable: false,
    cause: new GitFailure("rev-parse", result),
  });
}

/** Folder of all state for a spec outside of any repository. */
export function stateFolderOf(specFile: string): string {
  const folders = dirname(resolve(specFile)).split(sep);
  return [...besideMigrations(folders), "state"].join(sep);
}

/** Beside the innermost `migrations` folder, so that state is never found among the specs; else the spec's own folder. */
function besideMigrations(folders: readonly string[]): readonly string[] {
  const position = folders.lastIndexOf("migrations");
  return position === -1 ? folders : folders.slice(0, position);
}
