/** The pull request by which a migration's spec came to be as it is: its approval, and the place to say what became of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { CodeHost, PullRequest, SpecHistory } from "../ports.ts";
import { type ObeyedNews, withNews } from "../report/obeyed-heading.ts";
import { planMarker, readApproval } from "../report/plan-comment-marker.ts";

/** Commits that are looked through for an approval. */
const MOST_COMMITS = 100;
/** The same for the place of news: each takes requests, while somebody works. */
const MOST_COMMITS_TOLD = 20;
/** A change may be obeyed before its host knows by which pull request it came. */
const ASKED_AGAIN_AFTER_MS = [1_000, 2_000, 4_000] as const;

export interface MergedReviewsOptions {
  readonly host: CodeHost;
  readonly history: SpecHistory;
  readonly branch: string;
  readonly specPaths: readonly string[];
  readonly logger: Logger;
  /** Between askings for a pull request that the host does not know yet; a matter of tests. */
  readonly askedAgainAfterMs?: readonly number[];
}

/** A comment that shows the migration. */
interface Place {
  readonly pull: PullRequest;
  readonly body: string;
}

export class MergedReviews {
  readonly #options: MergedReviewsOptions;
  /** By commit; null: it came without one. */
  readonly #pulls = new Map<string, PullRequest | null>();

  constructor(options: MergedReviewsOptions) {
    this.#options = options;
  }

  /**
   * Digest of the plan that was shown for the spec as it is, where a pull request has shown one and was merged.
   *
   * @throws OperationError where the host does not say: nobody knows then what was approved.
   */
  async approvedDigest(migration: string, specHash: string): Promise<string | null> {
    const { host, history, branch, specPaths } = this.#options;
    const seen = new Set<number>();
    for (const commit of await history.listCommits(paths(specPaths), MOST_COMMITS)) {
      const pull = await host.mergedPullRequest(commit, branch);
      if (pull === null || seen.has(pull.number)) continue;
      seen.add(pull.number);
      const body = await host.readComment(pull.number, planMarker(migration));
      const approval = body === null ? null : readApproval(body);
      if (approval?.spec === specHash) return approval.digest;
    }
    return null;
  }

  /**
   * Says what became of it under the pull request that has changed this migration last: those of others may have been merged since.
   * Where somebody has pushed to the branch in between, nobody knows by what it came to be so, and nothing is said. Failing at that is a
   * line in the log.
   *
   * @param commit - The last one that has changed specs; null: the last one that is checked out.
   */
  async tell(commit: string | null, news: Omit<ObeyedNews, "sinceMergeMs">): Promise<void> {
    const { host, logger } = this.#options;
    const { migration } = news;
    try {
      const marker = planMarker(migration);
      const place = await this.#findPlace(commit, marker);
      if (place === null) return;
      const { pull, body } = place;
      const sinceMergeMs =
        pull.mergedAt === null ? null : Math.max(Date.now() - pull.mergedAt.getTime(), 0);
      const text = withNews(body, { ...news, sinceMergeMs });
      const outcome = await host.upsertComment(pull.number, marker, text);
      if (outcome.kind === "refused") logger.warn(`Not told in the comment: ${outcome.reason}`);
    } catch (error) {
      logger.warn(`Not told in the comment: ${errorMessage(error)}`);
    }
  }

  async #findPlace(commit: string | null, marker: string): Promise<Place | null> {
    const { host, history, specPaths, askedAgainAfterMs = ASKED_AGAIN_AFTER_MS } = this.#options;
    const commits = await history.listCommits(
      paths(specPaths),
      MOST_COMMITS_TOLD,
      commit ?? undefined,
    );
    const seen = new Set<number>();
    for (const each of commits) {
      const pull = await this.#pullOf(each, each === commit ? askedAgainAfterMs : []);
      if (pull === null) return null;
      if (seen.has(pull.number)) continue;
      seen.add(pull.number);
      const body = await host.readComment(pull.number, marker);
      if (body !== null) return { pull, body };
    }
    return null;
  }

  async #pullOf(commit: string, waitsMs: readonly number[]): Promise<PullRequest | null> {
    const { host, branch } = this.#options;
    const known = this.#pulls.get(commit);
    if (known !== undefined) return known;
    let pull = await host.mergedPullRequest(commit, branch);
    for (const waitMs of waitsMs) {
      if (pull !== null) break;
      await sleep(waitMs);
      pull = await host.mergedPullRequest(commit, branch);
    }
    this.#pulls.set(commit, pull);
    return pull;
  }
}

function paths(specPaths: readonly string[]): readonly string[] {
  return specPaths.length === 0 ? ["migrations"] : specPaths;
}
