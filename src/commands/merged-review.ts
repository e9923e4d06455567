/** The pull request by which a migration's spec came to be as it is: its approval, and the place to say what became of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { CodeHost, PullRequest, SpecHistory } from "../ports.ts";
import { type ObeyedNews, withNews } from "../report/obeyed-heading.ts";
import {
  isNotPlanned,
  isPlannedLater,
  planMarker,
  readApproval,
} from "../report/plan-comment-marker.ts";

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

export type FoundApproval =
  | { readonly kind: "approved"; readonly digest: string }
  /** The last one that has shown a plan of this migration has shown that of another spec, as where two were merged one after the other. */
  | { readonly kind: "other"; readonly pullRequest: number }
  /** The last one could show no plan of it. */
  | { readonly kind: "unplanned"; readonly pullRequest: number }
  /** Nobody was shown one. */
  | { readonly kind: "none" };

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
   * Whether a pull request that was merged has shown a plan of the spec as it is.
   *
   * @throws OperationError where the host does not say: nobody knows then what was approved.
   */
  async findApproval(migration: string, specHash: string): Promise<FoundApproval> {
    const { host, history, branch, specPaths } = this.#options;
    const seen = new Set<number>();
    let instead: FoundApproval | null = null;
    for (const commit of await history.listCommits(paths(specPaths), MOST_COMMITS)) {
      const pull = await host.mergedPullRequest(commit, branch);
      if (pull !== null && seen.has(pull.number)) continue;
      // What was pushed, and what came from elsewhere, was never shown: it may be what made the spec as it is.
      if (pull === null || pull.isFork) instead ??= { kind: "none" };
      if (pull === null) continue;
      seen.add(pull.number);
      const body = await host.readComment(pull.number, planMarker(migration));
      if (body === null) continue;
      if (isPlannedLater(body)) instead ??= { kind: "none" };
      if (isNotPlanned(body)) instead ??= { kind: "unplanned", pullRequest: pull.number };
      const approval = readApproval(body);
      if (approval?.spec === specHash) return { kind: "approved", digest: approval.digest };
      if (approval !== null) instead ??= { kind: "other", pullRequest: pull.number };
    }
    return instead ?? { kind: "none" };
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
