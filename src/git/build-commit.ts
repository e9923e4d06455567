import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperationError } from "../base/errors.ts";
import { foldersOf, type StateFile } from "../model/state-commit.ts";
import { mustRunGit, type RunGit } from "./run-git.ts";

/*
 * A commit is built from git's plumbing: blobs, an index of our own in a temporary folder, a tree, the commit. The
 * user's work tree, index and HEAD are not read or written, so there is nothing of theirs to stash, lose or mix in, and
 * any number of builds may run in one clone at a time. Until a ref points to it, the commit is garbage to git.
 */

const BOT = { name: "mongoferry[bot]", email: "mongoferry@users.noreply.github.com" };

const BOT_ENV = {
  GIT_AUTHOR_NAME: BOT.name,
  GIT_AUTHOR_EMAIL: BOT.email,
  GIT_COMMITTER_NAME: BOT.name,
  GIT_COMMITTER_EMAIL: BOT.email,
};

/**
 * Builds a commit that has the files' content on top of `parent` (null: the first of its branch) and returns its hash.
 * Null where the parent has exactly this content.
 */
export async function buildCommit(
  run: RunGit,
  parent: string | null,
  files: readonly StateFile[],
  message: string,
): Promise<string | null> {
  if (files.length === 0) return null;
  const scratch = await mkdtemp(join(tmpdir(), "mongoferry-"));
  try {
    const blobs = await storeBlobs(run, files, scratch);
    const tree = await buildTree(run, parent, files, blobs, join(scratch, "index"));
    const parentTree = parent === null ? null : await mustRunGit(run, treeOf(parent));
    if (tree === parentTree) return null;
    const parents = parent === null ? [] : ["-p", parent];
    return await mustRunGit(run, ["commit-tree", "--no-gpg-sign", ...parents, tree], {
      input: message,
      env: BOT_ENV,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Through files, as one process for all; `--no-filters` keeps line-ending settings and clean filters away from our bytes. */
async function storeBlobs(
  run: RunGit,
  files: readonly StateFile[],
  scratch: string,
): Promise<readonly string[]> {
  const paths = files.map((_, position) => join(scratch, String(position)));
  await Promise.all(files.map((file, position) => writeFile(paths[position] ?? "", file.content)));
  const input = `${paths.join("\n")}\n`;
  const args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
  return (await mustRunGit(run, args, { input })).split("\n");
}

async function buildTree(
  run: RunGit,
  parent: string | null,
  files: readonly StateFile[],
  blobs: readonly string[],
  index: string,
): Promise<string> {
  const env = { GIT_INDEX_FILE: index };
  if (parent !== null) {
    await refuseToReplaceFiles(run, parent, files);
    await mustRunGit(run, ["read-tree", parent], { env });
  }
  const input = files
    .map((file, position) => `100644 ${blobs[position] ?? ""}\t${file.path}\0`)
    .join("");
  await mustRunGit(run, ["update-index", "-z", "--index-info"], { env, input });
  // A partial clone lacks most blobs, and writing a tree would fetch them one by one.
  return mustRunGit(run, ["write-tree", "--missing-ok"], { env });
}

/** `update-index` would silently drop a file (or symlink, or submodule) that stands where a folder of ours has to be. */
async function refuseToReplaceFiles(
  run: RunGit,
  parent: string,
  files: readonly StateFile[],
): Promise<void> {
  const folders = new Set(foldersOf(files));
  const args = ["ls-tree", "-z", "--full-tree", parent, "--", ...folders];
  const entries = (await mustRunGit(run, args)).split("\0");
  // Where one folder lies in another, git lists what else is in the outer one, too.
  const inTheWay = entries.find(
    (entry) => folders.has(pathOf(entry)) && entry.split(" ")[1] !== "tree",
  );
  if (inTheWay === undefined) return;
  throw new OperationError({
    operation: "publish state",
    object: pathOf(inTheWay),
    isRetryable: false,
    hint: "A file stands where the folder of state files has to be; move it",
  });
}

/** An entry is `mode type object<TAB>path`. */
function pathOf(entry: string): string {
  return entry.slice(entry.indexOf("\t") + 1);
}

function treeOf(commit: string): readonly string[] {
  return ["rev-parse", "--verify", "--quiet", `${commit}^{tree}`];
}
