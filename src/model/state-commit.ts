/** What is committed of a migration's state, whoever makes the commit. */
import { BugError } from "../base/errors.ts";

/** A file under `state/<migration>/`; the path uses forward slashes. */
export interface StateFile {
  readonly path: string;
  readonly content: string;
}

export interface StateCommit {
  readonly migration: string;
  /** First line of the commit message, without `[skip ci]` and trailers. */
  readonly subject: string;
  readonly epoch: number;
  readonly seq: number;
}

/** The trailer that tells state commits from others. */
export const STATE_TRAILER = "Mongoferry-Migration";

/**
 * Message of a state commit: a subject that CI leaves alone, and trailers for `git interpret-trailers` and people who
 * search. Line breaks in the values would forge trailers, so there are none.
 */
export function formatCommitMessage(commit: StateCommit): string {
  return [
    `${oneLine(commit.subject)} [skip ci]`,
    "",
    `${STATE_TRAILER}: ${oneLine(commit.migration)}`,
    `Mongoferry-Epoch: ${commit.epoch}`,
    `Mongoferry-Seq: ${commit.seq}`,
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();
}

const MIGRATION_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PATH_PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Full paths of a migration's files below the folder of all state. Names were checked long before; they are checked
 * here again, since a path that climbs out would overwrite the user's files.
 */
export function placeStateFiles(
  stateFolder: string,
  migration: string,
  files: readonly StateFile[],
): readonly StateFile[] {
  if (!MIGRATION_NAME.test(migration)) {
    throw new BugError(`${JSON.stringify(migration)} is no name for a folder of state.`);
  }
  return files.map(({ path, content }) => {
    if (!path.split("/").every((part) => PATH_PART.test(part))) {
      throw new BugError(`${JSON.stringify(path)} is no path for a state file.`);
    }
    return { path: `${stateFolder}/${migration}/${path}`, content };
  });
}

/** Folders of these files, outer ones first: `a/b/c` → `a`, `a/b`. */
export function foldersOf(files: readonly StateFile[]): readonly string[] {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split("/");
    return parts.slice(1).map((_, position) => parts.slice(0, position + 1).join("/"));
  });
  return [...new Set(folders)].toSorted();
}
