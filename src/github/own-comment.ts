/**
 * The one comment of this program under a pull request. It is known by the marker it begins with and by its author: a marker can be
 * copied by anybody, and whoever may write to a repository may edit what others have said there.
 */
import type { GitHubClient } from "./github-client.ts";
import { isRefused, isUnclear } from "./github-client.ts";

export interface Comment {
  readonly id: number;
  readonly html_url: string;
  readonly body?: string | null;
  readonly user: { readonly login: string } | null;
}

const LIST = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const CREATE = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
const UPDATE = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
const DELETE = "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}";

const ATTEMPTS = 3;

export class OwnComments {
  readonly #client: GitHubClient;
  readonly #botLogin: string;
  #login: Promise<string> | null;

  /** @param login - Whose comments they are; null: those of the token's own account, or of the bot where that cannot be asked. */
  constructor(client: GitHubClient, botLogin: string, login: string | null) {
    this.#client = client;
    this.#botLogin = botLogin;
    this.#login = login === null ? null : Promise.resolve(login);
  }

  /** The oldest one first; there are several only where two processes have begun at the same time. */
  async find(pullRequest: number, marker: string): Promise<readonly Comment[]> {
    const login = await this.#ownLogin();
    const all = await this.#client.list<Comment>(LIST, { issue_number: pullRequest });
    return all
      .filter(({ user, body }) => user?.login === login && startsWith(body, marker))
      .toSorted((a, b) => a.id - b.id);
  }

  /** Whatever others do at the same time, and whatever answers are lost: in the end there is one, with this text. */
  async upsert(pullRequest: number, marker: string, body: string): Promise<Comment> {
    const found = await this.find(pullRequest, marker);
    const [first, ...others] =
      found.length > 0 ? found : await this.#create(pullRequest, marker, body);
    if (first === undefined) throw new Error("a comment that was created is not there");
    const isSame = sameText(first.body, body);
    const kept = isSame
      ? first
      : await this.#client.request<Comment>(UPDATE, { comment_id: first.id, body });
    for (const { id } of others) await this.#delete(id);
    return kept;
  }

  /** All there are afterwards, of which others may have made some. */
  async #create(pullRequest: number, marker: string, body: string): Promise<readonly Comment[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.requestOnce(CREATE, { issue_number: pullRequest, body });
      } catch (error) {
        if (!isUnclear(error) || attempt === ATTEMPTS) throw error;
      }
      // Also after an answer that was lost: it may have been created all the same.
      const found = await this.find(pullRequest, marker);
      if (found.length > 0) return found;
    }
  }

  /** Somebody else may have been faster. */
  async #delete(id: number): Promise<void> {
    try {
      await this.#client.request(DELETE, { comment_id: id });
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }

  /** Tokens of workflows and apps may not ask who they are. */
  async #ownLogin(): Promise<string> {
    this.#login ??= this.#client.request<{ login: string }>("GET /user").then(
      ({ login }) => login,
      (error: unknown) => {
        if (isRefused(error)) return this.#botLogin;
        this.#login = null;
        throw error;
      },
    );
    return this.#login;
  }
}

function startsWith(body: string | null | undefined, marker: string): boolean {
  return typeof body === "string" && body.startsWith(marker);
}

/** GitHub keeps line breaks as they were sent, and browsers send two characters. */
function sameText(a: string | null | undefined, b: string): boolean {
  return (a ?? "").replaceAll("\r\n", "\n") === b;
}
