/**
 * Brings the changes of the source to the destination, from the checkpoint on: once until the destination is consistent, then until
 * told to stop.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { applyWindow } from "../apply/apply-window.ts";
import { systemClock } from "../base/clock.ts";
import { errorMessage, OperationError, UserError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Retry } from "../base/retry.ts";
import { FollowFiguresBoard } from "../feed/follow-figures.ts";
import { followChanges } from "../feed/follow-changes.ts";
import { TargetKeeper } from "./keep-targets.ts";
import type { FeedPosition, SchemaChange } from "../model/change.ts";
import type { Checkpoint, FollowFigures } from "../model/checkpoint.ts";
import { databaseMatcher } from "../model/match-selection.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import { retrying } from "./retrying.ts";
import type { Situation } from "../situation.ts";
import type { Ends } from "../precheck/collect-facts.ts";
import type { SourceDeployment } from "../ports.ts";

/** How often the source is asked how far it is. */
const SAMPLE_EVERY_MS = 250;
/** How often it is asked how far its oplog reaches back. */
const HEADROOM_EVERY_MS = 30_000;
/** Between tries, once a failure has outlasted those of a single operation. */
const RESTART_AFTER_MS = 5_000;

export interface FollowTools {
  readonly ends: Ends;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  onFollowing(figures: () => FollowFigures): void;
  onFollowed(): void;
}

/** Where the changes to follow begin; opened before anything is read (I1). */
export async function openFeed(
  ends: Ends,
  retry: Retry,
): Promise<Pick<Checkpoint, "position" | "sourceIdentity">> {
  const feed = await ends.connectFeed();
  const source = await ends.connectSource();
  return {
    position: await retry(async () => feed.currentPosition()),
    sourceIdentity: await retry(async () => source.readIdentity()),
  };
}

/**
 * @param until - `consistent`: returns once the destination is as the source was at one time after the copy; `stopped`: never
 * returns by itself.
 */
export async function follow(
  until: "consistent" | "stopped",
  situation: Situation,
  tools: FollowTools,
): Promise<void> {
  for (;;) {
    try {
      await followOnce(until, situation, tools);
      return;
    } catch (error) {
      const stop = AbortSignal.any([tools.stop, situation.lease.signal]);
      if (stop.aborted || !(error instanceof OperationError) || !error.isRetryable) throw error;
      tools.logger.warn(`${errorMessage(error)}; goes on from the checkpoint`, { error });
      await sleep(RESTART_AFTER_MS, undefined, { signal: stop });
    }
  }
}

class Consistent extends Error {}

async function followOnce(
  until: "consistent" | "stopped",
  situation: Situation,
  tools: FollowTools,
): Promise<void> {
  const { migration, store, lease, probed, runSeq, planDigest } = await runOf(situation);
  const source = await tools.ends.connectSource();
  const destination = await tools.ends.connectDestination();
  const end = new AbortController();
  const stop = AbortSignal.any([tools.stop, lease.signal, end.signal]);
  const retry = retrying(stop, tools.logger);
  const checkpoint = await store.takeCheckpoint(lease, runSeq);
  const identity = await retry(async () => source.readIdentity());
  refuseOther(checkpoint, identity, migration);
  const keeper = new TargetKeeper({
    ...{ migration, probed, source, destination, store, lease, runSeq, planDigest, retry, stop },
    ends: tools.ends,
    logger: tools.logger,
  });
  await keeper.look();
  const consistentFrom =
    checkpoint.consistentFrom ?? (await retry(async () => source.currentClusterTime()));
  const board = new FollowFiguresBoard(systemClock);
  const storeCheckpoint = async (position: FeedPosition): Promise<void> => {
    const figures = board.figures();
    const next = { position, sourceIdentity: identity, consistentFrom, figures };
    await retry(async () => store.storeCheckpoint(lease, runSeq, next));
  };
  if (checkpoint.consistentFrom === null) await storeCheckpoint(checkpoint.position);
  const concerns = schemaConcern(migration);
  let confirmAt: ClusterTime | null = keeper.hasChanged ? keeper.lookedAt : null;
  const look = async (): Promise<void> => {
    await keeper.look();
    confirmAt = keeper.hasChanged ? keeper.lookedAt : null;
  };
  const sampling = sample(source, board, stop);
  tools.onFollowing(() => board.figures());
  tools.logger.info(`Follows the changes of ${migration.source.name}`);
  try {
    await followChanges(checkpoint.position, {
      feed: await tools.ends.connectFeed(),
      clock: systemClock,
      stop,
      traitsOf: (collection) => {
        const targets = keeper.targetsOf(collection);
        return {
          isCollated: targets.some(({ isCollated }) => isCollated),
          isFiltered: targets.some(({ filter }) => filter !== null),
        };
      },
      applyWindow: async (window, time) => {
        await applyWindow(window, time, {
          ...{ source, destination, retry, stop },
          targetsOf: (collection) => keeper.targetsOf(collection),
          onWritten: (count) => board.addWrites(count),
        });
      },
      applySchemaChange: async (change) => {
        const { clusterTime } = change.position;
        if (!concerns(change)) return;
        if (change.kind === "unknown") throw cannotFollow(change);
        // What a look has seen already need not be looked at again.
        if (compareClusterTimes(clusterTime, keeper.lookedAt) > 0) await look();
      },
      storeCheckpoint,
      onRead: (count) => {
        board.addRead(count);
      },
      onApplied: async (count, { clusterTime }, isThrough) => {
        board.addApplied(count, clusterTime, isThrough);
        const isBehind = (time: ClusterTime): boolean => {
          const order = compareClusterTimes(clusterTime, time);
          return order > 0 || (order === 0 && isThrough);
        };
        // What was seen and done may have been undone by an election at the source, which no change tells of.
        if (confirmAt !== null && isBehind(confirmAt)) await look();
        if (until === "consistent" && isBehind(consistentFrom)) end.abort(new Consistent());
      },
    });
  } catch (error) {
    if (!(error instanceof Consistent)) throw error;
  } finally {
    end.abort(new Consistent());
    tools.onFollowed();
    await sampling;
  }
}

async function runOf(situation: Situation) {
  const { migration, store, lease, probed } = situation;
  const run = await store.readRun(migration.name);
  const planDigest = run?.planDigest ?? situation.plan.digest;
  return { migration, store, lease, probed, runSeq: run?.runSeq ?? 0, planDigest };
}

/** Which changes of what there is are looked at: those in databases of the selection, and those that name none. */
function schemaConcern(migration: Migration): (change: SchemaChange) => boolean {
  const matchers = migration.objects.map((selection) => databaseMatcher(selection, migration));
  return ({ collection, renamedTo }) => {
    const databases = [collection.namespace.db, renamedTo?.db ?? ""].filter((db) => db !== "");
    return databases.length === 0 || databases.some((db) => matchers.some((is) => is(db)));
  };
}

function refuseOther(
  checkpoint: Checkpoint | null,
  identity: string,
  { name, place, source }: Migration,
): asserts checkpoint is Checkpoint {
  if (checkpoint === null) {
    throw new UserError({
      code: "no-checkpoint",
      place: name,
      problem:
        "the metadata database holds no checkpoint of this run, so that nobody knows from where its changes are to be followed",
      remedy:
        "Set desiredState: stopped and apply, then set running again: a new run copies everything anew",
    });
  }
  if (isSameIdentity(checkpoint.sourceIdentity, identity)) return;
  throw new UserError({
    code: "another-source",
    place,
    problem: `${source.name} is ${identity} now, and this run follows ${checkpoint.sourceIdentity}: another deployment has another history`,
    remedy: `Point ${source.name} at the deployment that the run began with; or set desiredState: stopped, apply, and set running again for a new run`,
  });
}

/** `NAME` or `NAME ID`: the id is known only while the account may read it. */
function isSameIdentity(a: string, b: string): boolean {
  const [nameA, idA] = a.split(" ");
  const [nameB, idB] = b.split(" ");
  return nameA === nameB && (idA === undefined || idB === undefined || idA === idB);
}

function cannotFollow({ operationType, collection }: SchemaChange): UserError {
  return new UserError({
    code: "not-followed",
    place: formatNamespace(collection.namespace),
    problem: `the source tells of a change ${JSON.stringify(operationType)} there, which this version cannot follow`,
    remedy:
      "Leave the collection out with `exclude`, or set desiredState: stopped, apply, and set running again: a new run copies it as it is now",
  });
}

/** Never rejects: what cannot be asked now is asked again. */
async function sample(
  source: SourceDeployment,
  board: FollowFiguresBoard,
  stop: AbortSignal,
): Promise<void> {
  let headroomAtMs = Number.NEGATIVE_INFINITY;
  while (!stop.aborted) {
    const atMs = systemClock.monotonicMs();
    try {
      board.noteSource(await source.currentClusterTime(), atMs);
      if (atMs - headroomAtMs > HEADROOM_EVERY_MS) {
        board.noteOldest(await source.oldestClusterTime());
        headroomAtMs = atMs;
      }
    } catch {
      // The lag grows meanwhile, as it should.
    }
    await sleep(SAMPLE_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
