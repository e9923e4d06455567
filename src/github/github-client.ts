import { randomUUID } from "node:crypto";
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { RequestError } from "@octokit/request-error";
import { OperationError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { safeText } from "../base/safe-text.ts";

export interface GitHubOptions {
  /** Such as `https://api.github.com`, or an enterprise server's `https://HOST/api/v3`. */
  readonly apiUrl: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly token: string;
  /** Whose comments are this program's own, where the token does not say whose it is: that of a GitHub App or of a workflow. */
  readonly botLogin: string;
  /** Whose they are in any case, as where plans are shown by a workflow and obeyed by somebody else. */
  readonly login?: string;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** What a second of waiting lasts, in milliseconds; a matter of tests. */
  readonly secondMs?: number;
}

/** A limit that ends later than this is not waited for. */
const LONGEST_WAIT_SECONDS = 120;
/** For a request with all that is tried again of it. */
const REQUEST_WITHIN_MS = 300_000;
/** After an answer that tells of no time. */
const SECONDARY_WAIT_SECONDS = 60;
const RETRIES = 3;

const Client = Octokit.plugin(paginateRest, retry, throttling);
type Client = InstanceType<typeof Client>;
type Parameters = Readonly<Record<string, unknown>>;

/** What GitHub has answered, or why it did not. */
class GitHubError extends OperationError {
  /** Null where there was no answer. */
  readonly status: number | null;
  /** Of the answer, harmless on a terminal; empty where there was none. */
  readonly reason: string;

  constructor(request: string, status: number | null, reason: string) {
    const isRetryable = status === null || status >= 500 || status === 429;
    const hint = hintFor(request, status, reason);
    super({
      operation: request,
      object: "GitHub",
      isRetryable,
      cause: status === null ? reason : `${status} ${reason}`,
      ...(hint === null ? {} : { hint }),
    });
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the token may not do it; a repository that it may not see counts as not there. */
export function isRefused(error: unknown): error is OperationError {
  return isStatus(error, 403) || isStatus(error, 404);
}

export function isStatus(error: unknown, status: number): error is GitHubError {
  return error instanceof GitHubError && error.status === status;
}

/** Whether it is not known if GitHub has done what was asked for. */
export function isUnclear(error: unknown): boolean {
  return error instanceof GitHubError && (error.status === null || error.status >= 500);
}

/** Requests to one repository. Tries again what may be, waits out limits, and says what is wrong without the token. */
export class GitHubClient {
  readonly #client: Client;
  readonly #options: GitHubOptions;
  readonly #path: { readonly owner: string; readonly repo: string };

  constructor(options: GitHubOptions) {
    const { logger, secondMs = 1_000 } = options;
    const [owner = "", repo = ""] = options.repository.split("/");
    this.#path = { owner, repo };
    this.#options = options;
    const wait = (kind: string) => (seconds: number, request: { method: string; url: string }) => {
      const isWaited = seconds <= LONGEST_WAIT_SECONDS;
      const until = isWaited ? `waiting ${seconds} s` : `which ends in ${seconds} s: too late`;
      logger.warn(`GitHub's ${kind} is reached at ${request.method} ${request.url}; ${until}`);
      return isWaited;
    };
    this.#client = new Client({
      auth: options.token,
      baseUrl: options.apiUrl,
      userAgent: "mongoferry",
      log: SILENT,
      retry: { retries: RETRIES, retryAfterBaseValue: secondMs },
      throttle: {
        // Writes are spaced for each of these.
        id: randomUUID(),
        retryAfterBaseValue: secondMs,
        fallbackSecondaryRateRetryAfter: SECONDARY_WAIT_SECONDS,
        onRateLimit: wait("rate limit"),
        onSecondaryRateLimit: wait("secondary rate limit"),
      },
    });
  }

  /**
   * @param route - As GitHub's documentation has it, such as `GET /repos/{owner}/{repo}/pulls`; owner and repository are filled in.
   * @throws OperationError
   */
  async request<T>(route: string, parameters: Parameters = {}): Promise<T> {
    return this.#guard(route, parameters, async (all) => {
      const { data } = await this.#client.request(route, all);
      return data as T;
    });
  }

  /** For what must not be done twice: not tried again where the answer is lost. */
  async requestOnce<T>(route: string, parameters: Parameters): Promise<T> {
    return this.request(route, { ...parameters, request: { retries: 0 } });
  }

  /** All pages of a list. */
  async list<T>(route: string, parameters: Parameters = {}): Promise<readonly T[]> {
    return this.#guard(
      route,
      parameters,
      async (all) => (await this.#client.paginate(route, { per_page: 100, ...all })) as T[],
    );
  }

  async #guard<T>(
    route: string,
    parameters: Parameters,
    ask: (all: Parameters) => Promise<T>,
  ): Promise<T> {
    const { stop } = this.#options;
    const limit = AbortSignal.timeout(REQUEST_WITHIN_MS);
    const signal = AbortSignal.any([stop, limit]);
    const request = { ...(parameters["request"] as object | undefined), signal };
    try {
      const path = route.includes("{owner}") ? this.#path : {};
      return await ask({ ...path, ...parameters, request });
    } catch (error) {
      stop.throwIfAborted();
      const shown = route.replaceAll("{owner}/{repo}", this.#options.repository);
      throw toGitHubError(shown, error, limit.aborted);
    }
  }
}

function toGitHubError(request: string, error: unknown, isTooLate: boolean): GitHubError {
  if (isTooLate) return new GitHubError(request, null, "no answer in time");
  if (!(error instanceof RequestError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new GitHubError(request, null, clean(message));
  }
  // Octokit gives 500 to what never got an answer.
  const status = error.response === undefined ? null : error.status;
  return new GitHubError(request, status, clean(error.message));
}

const MOST_REASON = 300;

function clean(text: string): string {
  const safe = safeText(text);
  return safe.length > MOST_REASON ? `${safe.slice(0, MOST_REASON)}…` : safe;
}

function hintFor(request: string, status: number | null, reason: string): string | null {
  if (/rate limit/iu.test(reason)) return "Run it again once the limit has ended";
  if (status === 401) return "The token is wrong or has ended: check GITHUB_TOKEN";
  if (status !== 403 && status !== 404) return null;
  const permission = PERMISSIONS.find(([, path]) => path.test(request))?.[0];
  if (permission === undefined) return null;
  return `The token needs the permission \`${permission}\`; a workflow grants it to its job under \`permissions:\``;
}

const PERMISSIONS: readonly (readonly [string, RegExp])[] = [
  ["pull-requests: read", /^GET .*\/pulls/u],
  ["pull-requests: write", /\/issues\//u],
  ["statuses: write", /\/statuses\//u],
  ["actions: write", /\/actions\//u],
  ["contents: write", /\/git\//u],
];

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
