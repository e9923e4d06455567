/** What a migration that goes back begins from: the cutover of the one that it turns around, and what that has moved. */
import type { ReverseOrigin } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { RunRecord } from "../model/run.ts";
import type { CollectionRecord } from "../ports.ts";
import type { Ends } from "./collect-facts.ts";

export interface OriginFacts {
  readonly origin: ReverseOrigin | null;
  /** Records as this migration would have them, had it copied all of it itself; those that it has are left out. */
  readonly seeds: readonly CollectionRecord[];
}

const NONE: OriginFacts = { origin: null, seeds: [] };

/** @param run - Of the migration that goes back; null before it has begun. */
export async function readOrigin(
  { name, reverse }: Migration,
  run: RunRecord | null,
  records: readonly CollectionRecord[],
  ends: Ends,
): Promise<OriginFacts> {
  if (reverse === null) return NONE;
  const store = await ends.connectStore();
  const checkpoint = run === null ? null : await store.readCheckpoint(name, run.runSeq);
  const isUnderWay = checkpoint !== null && checkpoint.figures !== null;
  const origin = await ends.connectOriginStore();
  const source = await ends.connectSource();
  const destination = await ends.connectDestination();
  const before = await origin.readRun(reverse.of);
  const cutover = before === null ? null : await origin.readCutover(reverse.of, before.runSeq);
  const moved =
    before === null
      ? []
      : (await origin.listCollectionRecords(reverse.of))
          .filter(({ runSeq, state }) => runSeq === before.runSeq && state === "done")
          .map((record) => turnAround(record, run?.runSeq ?? 0));
  const facts: ReverseOrigin = {
    phase: before?.phase ?? null,
    since: cutover !== null && cutover.endedAt !== null ? cutover.destinationTime : null,
    oldest: await source.oldestClusterTime(),
    moved: moved.map((record) => ({ source: record.source, target: record.target })),
    isDestinationBlocked: await destination.readWriteBlock(),
    isUnderWay,
  };
  if (isUnderWay || facts.since === null) return { origin: facts, seeds: [] };
  const known = new Set(
    records.flatMap(({ runSeq, target }) =>
      runSeq === run?.runSeq ? [formatNamespace(target)] : [],
    ),
  );
  return {
    origin: facts,
    seeds: moved.filter(({ target }) => !known.has(formatNamespace(target))),
  };
}

function turnAround(record: CollectionRecord, runSeq: number): CollectionRecord {
  const { source, target, sourceUuid, targetUuid } = record;
  return {
    ...record,
    source: target,
    target: source,
    sourceUuid: targetUuid,
    targetUuid: sourceUuid,
    replaced: null,
    runSeq,
    failedIndexes: [],
  };
}
