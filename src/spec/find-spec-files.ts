import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { compareText } from "../model/namespace.ts";
import type { SpecProblem } from "../model/problem.ts";
import type { SpecOverrides } from "../ports.ts";

/** A file to read as a spec. */
export interface SpecFile {
  /** Relative to the working directory, with forward slashes. */
  readonly file: string;
  readonly absoluteFile: string;
}

export interface FindResult {
  /** Sorted by `file`, each file once however often it was named. */
  readonly files: readonly SpecFile[];
  readonly problems: readonly SpecProblem[];
}

/**
 * Finds the spec files: files as named, directories with all `*.yaml` and `*.yml` below them. Hidden directories,
 * `node_modules` and links to directories are not entered, so that a cycle cannot trap it; nor is the state of a migration,
 * which lies beside specs that are in no directory `migrations`.
 */
export async function findSpecFiles(paths: readonly string[], cwd: string): Promise<FindResult> {
  const found = new Map<string, SpecFile>();
  const problems: SpecProblem[] = [];
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    const files = await listPath(absolute);
    if (files === null) problems.push(describeMissing(relativeName(absolute, cwd)));
    else if (files.length === 0) problems.push(describeEmpty(relativeName(absolute, cwd)));
    for (const absoluteFile of files ?? []) {
      const key = await realpath(absoluteFile).catch(() => absoluteFile);
      if (!found.has(key)) {
        found.set(key, { file: relativeName(absoluteFile, cwd), absoluteFile });
      }
    }
  }
  const files = [...found.values()].toSorted((a, b) => compareText(a.file, b.file));
  return { files, problems };
}

/** The same where some files hold otherwise: those that are not there any more go, new ones within the paths come. */
export function overrideFiles(
  { files, problems }: FindResult,
  paths: readonly string[],
  { cwd, overrides }: { readonly cwd: string; readonly overrides: SpecOverrides },
): FindResult {
  if (overrides.size === 0) return { files, problems };
  const left = files.filter(({ absoluteFile }) => overrides.get(absoluteFile) !== null);
  const known = new Set(left.map(({ absoluteFile }) => absoluteFile));
  const roots = paths.map((path) => resolve(cwd, path));
  const isWithin = (file: string): boolean =>
    roots.some((root) => file === root || file.startsWith(`${root}${sep}`));
  const added = [...overrides]
    .filter(([file, text]) => text !== null && !known.has(file) && isWithin(file))
    .map(([absoluteFile]) => ({ file: relativeName(absoluteFile, cwd), absoluteFile }));
  return { files: [...left, ...added].toSorted((a, b) => compareText(a.file, b.file)), problems };
}

/** Files below a path, or the path itself; null where it doesn't exist or is neither file nor directory. */
async function listPath(path: string): Promise<string[] | null> {
  const stats = await stat(path).catch(() => null);
  if (stats?.isFile() === true) return [path];
  return stats?.isDirectory() === true ? listDirectory(path) : null;
}

async function listDirectory(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  if (isState(entries)) return [];
  const nested = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return isSkipped(entry.name) ? [] : listDirectory(path);
    if (!/\.ya?ml$/iu.test(entry.name)) return [];
    // A link that leads nowhere is kept: reading it reports it.
    const isFile = entry.isSymbolicLink()
      ? await stat(path).then(
          (stats) => stats.isFile(),
          () => true,
        )
      : entry.isFile();
    return isFile ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

/** What `renderStateFiles` writes for every migration. */
function isState(entries: readonly Dirent[]): boolean {
  return (
    entries.some((entry) => entry.name === "status.yaml" && entry.isFile()) &&
    entries.some((entry) => entry.name === "events" && entry.isDirectory())
  );
}

function isSkipped(directoryName: string): boolean {
  return directoryName.startsWith(".") || directoryName === "node_modules";
}

function relativeName(absolute: string, cwd: string): string {
  const name = relative(cwd, absolute).split(sep).join("/");
  return name === "" ? "." : name;
}

function describeMissing(file: string): SpecProblem {
  return {
    file,
    line: 1,
    column: 1,
    code: "file-not-found",
    path: "",
    message: "There is no such file or directory.",
    remedy: "Check the path; without one, the directory migrations/ is read.",
  };
}

function describeEmpty(file: string): SpecProblem {
  return {
    file,
    line: 1,
    column: 1,
    code: "no-specs",
    path: "",
    message: "The directory holds no *.yaml or *.yml file.",
    remedy: "Add a spec there, or give the path of the directory that holds them.",
  };
}
