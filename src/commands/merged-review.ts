/** The pull request by which a migration's spec came to be as it is: its approval, and the place to say what became of it. */
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { CodeHost, PullRequest, SpecHistory } from "../ports.ts";
import { type ObeyedNews, withNews } from "../report/obeyed-heading.ts";
import { planMarker, readApproval } from "../report/plan-comment-marker.ts";

/** Commits that are looked through for an approval. */
const MOST_COMMITS = 100;

export interface MergedReviewsOptions {
  readonly host: CodeHost;
  readonly history: SpecHistory;
  readonly branch: string;
  readonly specPaths: readonly string[];
  readonly logger: Logger;
}

export class MergedReviews {
  readonly #options: MergedReviewsOptions;

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
   * Says under the pull request that has changed the specs last what became of it; where nothing was said of this migration there,
   * nothing is now. Failing at that is a line in the log.
   *
   * @param commit - The last one that has changed specs; null: the last one that is checked out.
   */
  async tell(commit: string | null, news: Omit<ObeyedNews, "sinceMergeMs">): Promise<void> {
    const { host, logger } = this.#options;
    const { migration } = news;
    try {
      const pull = await this.#lastPull(commit);
      if (pull === null) return;
      const marker = planMarker(migration);
      const body = await host.readComment(pull.number, marker);
      if (body === null) return;
      const sinceMergeMs =
        pull.mergedAt === null ? null : Math.max(Date.now() - pull.mergedAt.getTime(), 0);
      const text = withNews(body, { ...news, sinceMergeMs });
      const outcome = await host.upsertComment(pull.number, marker, text);
      if (outcome.kind === "refused") logger.warn(`Not told in the comment: ${outcome.reason}`);
    } catch (error) {
      logger.warn(`Not told in the comment: ${errorMessage(error)}`);
    }
  }

  async #lastPull(commit: string | null): Promise<PullRequest | null> {
    const { host, history, branch, specPaths } = this.#options;
    const [last] = commit === null ? await history.listCommits(paths(specPaths), 1) : [commit];
    return last === undefined ? null : host.mergedPullRequest(last, branch);
  }
}

function paths(specPaths: readonly string[]): readonly string[] {
  return specPaths.length === 0 ? ["migrations"] : specPaths;
}
