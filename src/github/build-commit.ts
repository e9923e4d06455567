/**
 * A commit that GitHub makes: it has no author of ours, so that GitHub signs it as the account's own. Only what differs is sent, on top of
 * the tree that is there. Until a branch points to it, nothing that was made can be seen.
 */
import { createHash } from "node:crypto";
import { OperationError } from "../base/errors.ts";
import { foldersOf, type StateFile } from "../model/state-commit.ts";
import type { GitHubClient } from "./github-client.ts";

interface Made {
  readonly sha: string;
}

interface Tree {
  readonly tree: readonly TreeEntry[];
}

interface TreeEntry extends Made {
  /** Relative to the tree. */
  readonly path: string;
  readonly mode: string;
  readonly type: string;
}

const FILE_MODE = "100644";

interface NewCommit {
  /** The commit to build on; null: none. */
  readonly parent: string | null;
  readonly message: string;
  /** Paths relative to the repository's root. */
  readonly files: readonly StateFile[];
  /** The folder that they are all in. */
  readonly folder: string;
}

/** @returns The commit's hash; null where its parent has exactly this content. */
export async function buildCommit(
  client: GitHubClient,
  { parent, message, files, folder }: NewCommit,
): Promise<string | null> {
  const base = parent === null ? null : await treeOf(client, parent);
  const there = base === null ? NOTHING : await readFolder(client, base, folder);
  refuseToReplaceFiles(files, there);
  const changed = files.filter(({ path, content }) => {
    const entry = there.get(path);
    return entry?.sha !== hashBlob(content) || entry.mode !== FILE_MODE;
  });
  if (changed.length === 0) return null;
  const tree = await client.request<Made>("POST /repos/{owner}/{repo}/git/trees", {
    ...(base === null ? {} : { base_tree: base }),
    tree: changed.map(({ path, content }) => ({ path, mode: FILE_MODE, type: "blob", content })),
  });
  if (tree.sha === base) return null;
  const commit = await client.request<Made>("POST /repos/{owner}/{repo}/git/commits", {
    message,
    tree: tree.sha,
    parents: parent === null ? [] : [parent],
  });
  return commit.sha;
}

type Entries = ReadonlyMap<string, TreeEntry>;

const NOTHING: Entries = new Map();

/** Every entry on the way to the folder and below it, by its path from the root. Of very large trees GitHub lists a part. */
async function readFolder(client: GitHubClient, root: string, folder: string): Promise<Entries> {
  const found = new Map<string, TreeEntry>();
  let tree = root;
  let above = "";
  for (const name of folder.split("/")) {
    const entries = await readTree(client, { tree_sha: tree });
    const entry = entries.find(({ path }) => path === name);
    if (entry === undefined) return found;
    above += above === "" ? name : `/${name}`;
    found.set(above, entry);
    if (entry.type !== "tree") return found;
    tree = entry.sha;
  }
  for (const entry of await readTree(client, { tree_sha: tree, recursive: "1" })) {
    found.set(`${folder}/${entry.path}`, entry);
  }
  return found;
}

/** A file (or symlink, or submodule) of the user's that stands where a folder of ours has to be. */
function refuseToReplaceFiles(files: readonly StateFile[], there: Entries): void {
  const inTheWay = foldersOf(files).find(
    (folder) => (there.get(folder)?.type ?? "tree") !== "tree",
  );
  if (inTheWay === undefined) return;
  throw new OperationError({
    operation: "publish state",
    object: inTheWay,
    isRetryable: false,
    hint: "A file stands where the folder of state files has to be; move it",
  });
}

async function readTree(
  client: GitHubClient,
  parameters: Readonly<Record<string, string>>,
): Promise<readonly TreeEntry[]> {
  const route = "GET /repos/{owner}/{repo}/git/trees/{tree_sha}";
  return (await client.request<Tree>(route, parameters)).tree;
}

async function treeOf(client: GitHubClient, commit: string): Promise<string> {
  const { tree } = await client.request<{ readonly tree: Made }>(
    "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    { commit_sha: commit },
  );
  return tree.sha;
}

/** As git names a file's content. */
function hashBlob(content: string): string {
  const bytes = Buffer.from(content, "utf8");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
