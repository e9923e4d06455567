import { LostRaceError } from "../base/lost-race.ts";
import { type GitHubClient, isStatus, isUnclear } from "./github-client.ts";

/** Hash of the commit that a branch is at; null where there is no such branch, or none that the token may see. */
export async function readBranchTip(client: GitHubClient, branch: string): Promise<string | null> {
  try {
    const { object } = await client.request<{ readonly object: { readonly sha: string } }>(
      "GET /repos/{owner}/{repo}/git/ref/{ref}",
      { ref: `heads/${branch}` },
    );
    return object.sha;
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

/**
 * Moves a branch to a commit that builds on its tip, or begins it (null). Also after an answer was lost it is known in the end whether the
 * branch is there.
 *
 * @throws LostRaceError where the branch is elsewhere by now.
 */
export async function moveBranch(
  client: GitHubClient,
  branch: string,
  parent: string | null,
  commit: string,
): Promise<void> {
  try {
    await (parent === null
      ? client.request("POST /repos/{owner}/{repo}/git/refs", {
          ref: `refs/heads/${branch}`,
          sha: commit,
        })
      : client.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
          ref: `heads/${branch}`,
          sha: commit,
          force: false,
        }));
  } catch (error) {
    if (isStatus(error, 422) && IS_ELSEWHERE.test(error.reason)) throw lostRace(branch, error);
    // GitHub has other words for it, and for a branch that a rule protects.
    if (!isStatus(error, 422) && !isUnclear(error)) throw error;
    const now = await readBranchTip(client, branch);
    if (now === commit) return;
    throw now === parent ? error : lostRace(branch, error);
  }
}

/** What GitHub says may be older than what it does: reading the branch again would not tell. */
const IS_ELSEWHERE = /not a fast forward|already exists|does not exist/iu;

function lostRace(branch: string, cause: unknown): LostRaceError {
  return new LostRaceError({
    operation: "publish state",
    object: `branch ${branch}`,
    isRetryable: true,
    cause,
    hint: "Others keep changing the branch; state is published with the next transition",
  });
}
