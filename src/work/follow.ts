/**
 * Brings the changes of the source to the destination, from the checkpoint on: once until the destination is consistent, then until
 * told to stop.
 */
import { type AppliedTarget, applyWindow, madeByOthers } from "../apply/apply-window.ts";
import { systemClock } from "../base/clock.ts";
import { BugError, type OperationError, UserError } from "../base/errors.ts";
import type { Retry } from "../base/retry.ts";
import { followChanges } from "../feed/follow-changes.ts";
import { FollowFiguresBoard } from "../feed/follow-figures.ts";
import type { CollectionTraits } from "../feed/window.ts";
import type { ChangedCollection, FeedPosition, SchemaChange } from "../model/change.ts";
import type { Checkpoint, FollowFigures } from "../model/checkpoint.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionWindow } from "../model/net-change.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import type { DestinationDeployment, LoadGate, SourceDeployment } from "../ports.ts";
import type { Ends } from "../precheck/collect-facts.ts";
import type { Situation } from "../situation.ts";
import { keepingChanges, needsJournal, openJournaledFeed } from "./journaled-feed.ts";
import { type KeepTools, TargetKeeper } from "./keep-targets.ts";
import { NEW_RUN } from "./new-run.ts";
import { outlast, type OutlastTools, RESTART_AFTER_MS } from "./outlast.ts";
import { requireKnownSource, requireSameSource } from "./require-same-source.ts";
import { retrying } from "./retrying.ts";
import { sampleSource } from "./sample-source.ts";
import { type Concern, schemaConcern } from "./schema-concern.ts";

export interface FollowTools extends OutlastTools {
  readonly ends: Ends;
  readonly load: LoadGate;
  onFollowing(figures: () => FollowFigures): void;
  onFollowed(): void;
}

/** Something that following is to reach; asked between windows, also while nothing changes. */
export interface FollowGoal {
  /** Something of the selection has been changed by somebody: documents that go by themselves do not count. */
  onChanged(): void;
  /**
   * @param time - Everything before it is at the destination.
   * @param isThrough - Whether what happened at that very time is, too.
   */
  isReached(time: ClusterTime, isThrough: boolean): Promise<boolean>;
}

/** `consistent`: until the destination is as the source was at one time after the copy; `stopped`: without an end of its own. */
type Until = "consistent" | "stopped" | FollowGoal;

export async function follow(
  until: Until,
  situation: Situation,
  tools: FollowTools,
): Promise<void> {
  const stop = AbortSignal.any([tools.stop, situation.lease.signal]);
  const failedBuilds = new Set<string>();
  await outlast(FOLLOWING, situation, { ...tools, stop }, async (goesOn) => {
    for (;;) {
      try {
        const follower = await Follower.open(until, situation, { ...tools, failedBuilds });
        await goesOn();
        await follower.run();
        return;
      } catch (error) {
        if (!(error instanceof Anew)) throw error;
      }
    }
  });
}

/** Where the load is limited: some seconds. */
const PORTIONS_IN_WINDOW = 20;

const FOLLOWING = {
  condition: "Following",
  waitMs: RESTART_AFTER_MS,
  isWorthIt: ({ mayPass }: OperationError): boolean => mayPass,
};

/** What a follower was told to reach is reached. */
class Reached extends Error {}

/** What was read has to be read again, from the checkpoint on. */
class Anew extends Error {}

interface FollowerParts {
  readonly until: Until;
  readonly situation: Situation;
  readonly tools: FollowTools;
  readonly source: SourceDeployment;
  readonly destination: DestinationDeployment;
  readonly retry: Retry;
  readonly runSeq: number;
  readonly checkpoint: Checkpoint;
  readonly sourceIdentity: string;
  readonly keeper: TargetKeeper;
  /** Ends it from within. */
  readonly end: AbortController;
  readonly stop: AbortSignal;
}

/** One try to follow, from the checkpoint on. */
class Follower {
  readonly #parts: FollowerParts;
  readonly #board = new FollowFiguresBoard(systemClock);
  readonly #concernOf: (change: SchemaChange) => Concern;
  #consistentFrom: ClusterTime | null;
  /** Once the feed is here, both ends are looked at again. */
  #confirmAt: ClusterTime | null = null;

  private constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#concernOf = schemaConcern(parts.situation.migration);
    this.#consistentFrom = parts.checkpoint.consistentFrom;
  }

  static async open(
    until: Until,
    situation: Situation,
    tools: FollowTools & Pick<KeepTools, "failedBuilds">,
  ): Promise<Follower> {
    const { migration, store, lease, probed } = situation;
    const { ends, logger, failedBuilds, load } = tools;
    const run = await store.readRun(migration.name);
    if (run === null || run.planDigest === null) throw new BugError("Changes are followed by runs");
    const { runSeq, planDigest } = run;
    const source = await ends.connectSource();
    const destination = await ends.connectDestination();
    const end = new AbortController();
    const stop = AbortSignal.any([tools.stop, lease.signal, end.signal]);
    const retry = retrying(stop, logger);
    const checkpoint = requireCheckpoint(await store.takeCheckpoint(lease, runSeq), migration);
    const sourceIdentity = await retry(async () => source.readIdentity());
    requireSameSource(checkpoint, sourceIdentity, migration);
    const shared = { source, destination, retry, stop, runSeq };
    const kept = { migration, ends, load, probed, store, lease, logger, planDigest, failedBuilds };
    const keeper = new TargetKeeper({
      ...shared,
      ...kept,
      isKept: (durationMs) => needsJournal(situation, durationMs),
      keepingChanges: async (durationMs, work) =>
        keepingChanges({ runSeq, durationMs }, situation, { ...tools, stop }, work),
      requireSource: (surveyed) => {
        requireKnownSource(checkpoint, sourceIdentity, surveyed, { runSeq, migration });
      },
    });
    const own = { until, situation, tools, checkpoint, sourceIdentity, keeper, end };
    return new Follower({ ...shared, ...own });
  }

  async run(): Promise<void> {
    const { checkpoint, source, retry, stop, tools, end, situation } = this.#parts;
    await this.#look();
    // Taken anew each time it is still to be reached: a look may have copied more.
    if (this.#parts.until === "consistent") this.#consistentFrom = null;
    this.#consistentFrom ??= await retry(async () => source.currentClusterTime());
    await this.#storeCheckpoint(checkpoint.position);
    const feed = await openJournaledFeed(situation.migration, this.#parts.runSeq, {
      ends: tools.ends,
      store: situation.store,
      retry,
    });
    const sampling = sampleSource(source, this.#board, stop);
    const figures = (): FollowFigures => this.#board.figures();
    situation.following = figures;
    tools.onFollowing(figures);
    tools.logger.info(`Follows the changes of ${situation.migration.source.name}`);
    try {
      await followChanges(checkpoint.position, {
        feed,
        clock: systemClock,
        stop,
        mostChanges: () => (tools.load.portion?.documentCount ?? Infinity) * PORTIONS_IN_WINDOW,
        traitsOf: (collection) => this.#traitsOf(collection),
        applyWindow: async (window, time) => this.#applyWindow(window, time),
        applySchemaChange: async (change) => this.#applySchemaChange(change),
        storeCheckpoint: async (position) => {
          await this.#storeCheckpoint(position);
          await retry(async () => feed.forgetBefore(position));
        },
        onRead: (count) => {
          this.#board.addRead(count);
        },
        onApplied: async (count, position, isThrough) =>
          this.#onApplied(count, position.clusterTime, isThrough),
      });
    } catch (error) {
      if (!(error instanceof Reached)) throw error;
    } finally {
      end.abort(new Reached());
      tools.onFollowed();
      await sampling;
    }
  }

  async #look(): Promise<void> {
    const { keeper } = this.#parts;
    await keeper.look();
    this.#confirmAt = keeper.hasChanged ? keeper.lookedAt : null;
  }

  /** While the feed waits. The source may have forgotten by then where it is. */
  async #lookBetween(): Promise<void> {
    await this.#look();
    if (this.#parts.keeper.hasKept) throw new Anew("the journal has what changed meanwhile");
  }

  async #storeCheckpoint(position: FeedPosition): Promise<void> {
    const { situation, retry, runSeq, sourceIdentity } = this.#parts;
    const { store, lease } = situation;
    const consistentFrom = this.#consistentFrom;
    const checkpoint = {
      position,
      sourceIdentity,
      consistentFrom,
      figures: this.#board.figures(),
    };
    await retry(async () => store.storeCheckpoint(lease, runSeq, checkpoint));
  }

  #traitsOf(collection: ChangedCollection): CollectionTraits {
    const targets = this.#parts.keeper.targetsOf(collection);
    return {
      isCollated: targets.some(({ isCollated }) => isCollated),
      isFiltered: targets.some(({ filter }) => filter !== null),
    };
  }

  async #applyWindow(window: readonly CollectionWindow[], end: ClusterTime): Promise<void> {
    const { source, destination, retry, stop, keeper, until, tools } = this.#parts;
    const targetsOf = (collection: ChangedCollection): readonly AppliedTarget[] =>
      keeper.targetsOf(collection);
    if (typeof until === "object" && madeByOthers(window, targetsOf) !== null) until.onChanged();
    await applyWindow(window, end, {
      load: tools.load,
      source,
      destination,
      retry,
      stop,
      targetsOf,
      onWritten: (count) => this.#board.addWrites(count),
    });
  }

  async #applySchemaChange(change: SchemaChange): Promise<void> {
    const concern = this.#concernOf(change);
    if (concern === "none") return;
    if (concern === "stop") throw cannotFollow(change);
    const { until } = this.#parts;
    if (typeof until === "object") until.onChanged();
    // What a look has seen already need not be looked at again.
    const { lookedAt } = this.#parts.keeper;
    if (compareClusterTimes(change.position.clusterTime, lookedAt) > 0) await this.#lookBetween();
  }

  async #onApplied(count: number, time: ClusterTime, isThrough: boolean): Promise<void> {
    this.#board.addApplied(count, time, isThrough);
    const isReached = (wanted: ClusterTime | null): boolean => {
      if (wanted === null) return false;
      const order = compareClusterTimes(time, wanted);
      return order > 0 || (order === 0 && isThrough);
    };
    // What was seen and done may have been undone by an election at the source, which no change tells of.
    if (isReached(this.#confirmAt)) {
      await this.#lookBetween();
      // Changes that are read already were put together as if their collections had no filter or collation.
      if (this.#parts.keeper.hasOtherTraits) throw new Anew("changes count otherwise now");
    }
    const { until, end } = this.#parts;
    const isGoalReached =
      typeof until === "object"
        ? await until.isReached(time, isThrough)
        : until === "consistent" && isReached(this.#consistentFrom);
    if (isGoalReached) end.abort(new Reached());
  }
}

function requireCheckpoint(checkpoint: Checkpoint | null, { name }: Migration): Checkpoint {
  if (checkpoint !== null) return checkpoint;
  throw new UserError({
    code: "no-checkpoint",
    place: name,
    problem:
      "the metadata database holds no checkpoint of this run, so that nobody knows from where its changes are to be followed",
    remedy: `To go on, ${NEW_RUN}`,
  });
}

function cannotFollow({ operationType, collection }: SchemaChange): UserError {
  return new UserError({
    code: "not-followed",
    place: formatNamespace(collection.namespace),
    problem: `the source tells of a change ${JSON.stringify(operationType)} there, which this version cannot follow`,
    remedy: `Leave the collection out with \`exclude\`; or ${NEW_RUN}`,
  });
}
