/** A commit that GitHub makes: it has no author of ours, so that GitHub signs it as the account's own. */
import type { HostCommit } from "../ports.ts";
import { type GitHubClient, isStatus } from "./github-client.ts";

interface Made {
  readonly sha: string;
}

/** @returns The commit's hash; null where the branch is elsewhere by now. Until the last request nothing points to what was made. */
export async function commitFiles(
  client: GitHubClient,
  { branch, parent, message, files }: HostCommit,
): Promise<string | null> {
  const base = parent === null ? null : await treeOf(client, parent);
  const tree = await client.request<Made>("POST /repos/{owner}/{repo}/git/trees", {
    ...(base === null ? {} : { base_tree: base }),
    tree: files.map(({ path, content }) => ({ path, mode: "100644", type: "blob", content })),
  });
  const commit = await client.request<Made>("POST /repos/{owner}/{repo}/git/commits", {
    message,
    tree: tree.sha,
    parents: parent === null ? [] : [parent],
  });
  try {
    await (parent === null
      ? client.request("POST /repos/{owner}/{repo}/git/refs", {
          ref: `refs/heads/${branch}`,
          sha: commit.sha,
        })
      : client.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
          ref: `heads/${branch}`,
          sha: commit.sha,
          force: false,
        }));
  } catch (error) {
    if (isStatus(error, 422) && IS_ELSEWHERE.test(error.reason)) return null;
    throw error;
  }
  return commit.sha;
}

const IS_ELSEWHERE = /not a fast forward|already exists|does not exist/iu;

async function treeOf(client: GitHubClient, commit: string): Promise<string> {
  const { tree } = await client.request<{ readonly tree: Made }>(
    "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    { commit_sha: commit },
  );
  return tree.sha;
}
