import { systemClock } from "../base/clock.ts";
import type { Retry } from "../base/retry.ts";
import { JournaledFeed } from "../feed/journal.ts";
import { databaseMatcher } from "../model/match-selection.ts";
import type { Migration } from "../model/migration.ts";
import type { MigrationStore } from "../ports.ts";
import type { Ends } from "../precheck/collect-facts.ts";
import type { Situation } from "../situation.ts";
import type { FollowTools } from "./follow.ts";
import { retrying } from "./retrying.ts";

/** A copy that takes more than this share of the time that the source remembers is not left to chance. */
const SAFE_SHARE = 1 / 4;

/** The source's changes, with those that were kept while the run copied. */
export async function openJournaledFeed(
  migration: Migration,
  runSeq: number,
  tools: { readonly ends: Ends; readonly store: MigrationStore; readonly retry: Retry },
): Promise<JournaledFeed> {
  const { ends, store, retry } = tools;
  const matchers = migration.objects.map((selection) => databaseMatcher(selection, migration));
  return new JournaledFeed({
    feed: await ends.connectFeed(),
    store: store.openJournal(migration.name, runSeq),
    isWanted: (database) => matchers.some((matches) => matches(database)),
    monotonicMs: () => systemClock.monotonicMs(),
    retry,
  });
}

/**
 * Copies, and keeps meanwhile what changes, where that is needed. It is kept from the stored checkpoint on: what comes behind that is
 * either in the journal or still to be told by the source, whenever this is interrupted.
 *
 * @param durationMs - What the copy is estimated to take.
 * @param copy - Given the signal to obey, which also aborts when changes can no longer be kept.
 */
export async function keepingChanges<T>(
  { runSeq, durationMs }: { readonly runSeq: number; readonly durationMs: number },
  situation: Situation,
  { ends, logger, stop: outer }: FollowTools,
  copy: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const { migration, store, lease } = situation;
  const stop = AbortSignal.any([outer, lease.signal]);
  const checkpoint = await store.readCheckpoint(migration.name, runSeq);
  if (checkpoint === null || !needsJournal(situation, durationMs)) return copy(stop);
  logger.info("Keeps at the destination what changes meanwhile");
  const retry = retrying(stop, logger);
  const feed = await openJournaledFeed(migration, runSeq, { ends, store, retry });
  const copied = new AbortController();
  const failure = new AbortController();
  const recording = feed
    .record(checkpoint.position, AbortSignal.any([stop, copied.signal]))
    .catch((error: unknown) => {
      if (!copied.signal.aborted && !stop.aborted) failure.abort(error);
    });
  try {
    return await copy(AbortSignal.any([stop, failure.signal]));
  } finally {
    copied.abort();
    await recording;
    // What ended the copy is what counts.
    if (!stop.aborted) failure.signal.throwIfAborted();
  }
}

/**
 * Whether what changes during a copy is kept at the destination. Where nobody knows how far the oplog reaches back, it is.
 *
 * @param durationMs - What the copy is estimated to take.
 */
export function needsJournal(
  {
    migration,
    probed,
  }: Pick<Situation, "migration"> & { readonly probed: Pick<Situation["probed"], "source"> },
  durationMs: number,
): boolean {
  if (migration.mode === "full") return false;
  if (migration.journal !== "auto") return migration.journal === "always";
  const oplog = probed.source.server?.state.oplog ?? null;
  return oplog === null || durationMs > oplog.windowMs * SAFE_SHARE;
}
