import type { CodeHost, CommitStatus, HostOutcome, PullRequest } from "../ports.ts";
import { GitHubClient, type GitHubOptions, isRefused } from "./github-client.ts";
import { OwnComments } from "./own-comment.ts";

/** What GitHub takes of a status' description. */
const MOST_DESCRIPTION = 140;

interface Repository {
  readonly full_name: string;
}

interface Pull {
  readonly number: number;
  readonly html_url: string;
  readonly merged_at: string | null;
  readonly base: { readonly ref: string; readonly repo: Repository };
  /** The repository of a head may be gone. */
  readonly head: { readonly sha: string; readonly repo: Repository | null };
}

/** @throws Nothing; requests do. */
export function openGitHub(options: GitHubOptions): CodeHost {
  return new GitHubHost(options);
}

class GitHubHost implements CodeHost {
  readonly #client: GitHubClient;
  readonly #comments: OwnComments;

  constructor(options: GitHubOptions) {
    this.#client = new GitHubClient(options);
    this.#comments = new OwnComments(this.#client, options.botLogin, options.login ?? null);
  }

  async upsertComment(pullRequest: number, marker: string, body: string): Promise<HostOutcome> {
    return refusable(async () => (await this.#comments.upsert(pullRequest, marker, body)).html_url);
  }

  async readComment(pullRequest: number, marker: string): Promise<string | null> {
    const [comment] = await this.#comments.find(pullRequest, marker);
    return comment?.body?.replaceAll("\r\n", "\n") ?? null;
  }

  async setStatus(commit: string, status: CommitStatus): Promise<HostOutcome> {
    const { state, context, url } = status;
    return refusable(async () => {
      await this.#client.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
        sha: commit,
        state,
        context,
        description: cut(status.description, MOST_DESCRIPTION),
        ...(url === null ? {} : { target_url: url }),
      });
      return url;
    });
  }

  async mergedPullRequest(commit: string, branch: string): Promise<PullRequest | null> {
    const pulls = await this.#client.list<Pull>(
      "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
      { commit_sha: commit },
    );
    const merged = pulls
      .filter(({ base, merged_at: mergedAt }) => base.ref === branch && mergedAt !== null)
      .toSorted((a, b) => Date.parse(b.merged_at ?? "") - Date.parse(a.merged_at ?? ""));
    const [last] = merged;
    if (last === undefined) return null;
    return {
      number: last.number,
      url: last.html_url,
      mergedAt: last.merged_at === null ? null : new Date(last.merged_at),
      headCommit: last.head.sha,
      isFork: last.head.repo?.full_name !== last.base.repo.full_name,
    };
  }

  async dispatchWorkflow(
    file: string,
    branch: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<HostOutcome> {
    return refusable(async () => {
      // Tried again, also where the answer was lost: what was started twice waits for itself.
      await this.#client.request(
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
        { workflow_id: file, ref: branch, inputs },
      );
      return null;
    });
  }
}

/** What the token may not do is an outcome. */
async function refusable(ask: () => Promise<string | null>): Promise<HostOutcome> {
  try {
    return { kind: "done", url: await ask() };
  } catch (error) {
    if (isRefused(error)) return { kind: "refused", reason: error.message };
    throw error;
  }
}

function cut(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
