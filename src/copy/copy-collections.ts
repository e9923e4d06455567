/**
 * Copies all collections of a plan: creates them, copies their partitions with a bounded number of workers, then builds
 * their indexes while others are still being copied. Guarantees: nothing that the plan does not name is dropped or
 * written (I8); after an interruption each collection goes on where its record says.
 */
import pLimit from "p-limit";
import { SourceGoneError } from "../base/errors.ts";
import type { Retry } from "../base/retry.ts";
import { settleTogether } from "../base/settle-together.ts";
import { groupBy } from "../base/group-by.ts";
import { formatNamespace } from "../model/namespace.ts";
import {
  type CollectionAction,
  type IndexAction,
  isCollectionAction,
  type Plan,
} from "../model/plan.ts";
import type { ClusterTime, IndexFailure } from "../model/run.ts";
import type {
  CollectionRecord,
  CopyStore,
  DestinationDeployment,
  Lease,
  LoadGate,
  SourceDeployment,
} from "../ports.ts";
import { buildIndexes, repairIndexes, toFailedIndexes } from "./build-indexes.ts";
import { copyDocuments } from "./copy-documents.ts";
import { createViews } from "./create-views.ts";
import { prepareTarget } from "./prepare-target.ts";
import type { ProgressBoard } from "./progress-board.ts";
import { WorkerSlots } from "./worker-slots.ts";
import { WriteBudget } from "./write-budget.ts";

/** Writes under way, even with one worker: while one is being acknowledged, the destination has another to do. */
const FEWEST_WRITES = 2;
/** Index builds at the destination at a time; each already uses much of its memory and disk. */
const INDEX_BUILDS = 2;

export interface CopyTools {
  readonly source: SourceDeployment;
  readonly destination: DestinationDeployment;
  readonly store: CopyStore;
  readonly lease: Lease;
  readonly startFence: ClusterTime;
  /** The run that works; see `RunRecord.runSeq`. */
  readonly runSeq: number;
  readonly load: LoadGate;
  readonly bufferBytes: number;
  readonly retry: Retry;
  readonly stop: AbortSignal;
  readonly board: ProgressBoard;
  /**
   * Told of a collection that was dropped or renamed while it was copied; its record stays unfinished, and the copy goes on with
   * the others. Null: that ends the copy.
   */
  readonly onSourceGone: ((action: CollectionAction) => void) | null;
}

/** @returns The indexes that could not be built now; records tell of those of an earlier process too. */
export async function copyCollections(
  plan: Plan,
  tools: CopyTools,
): Promise<readonly IndexFailure[]> {
  const records = await recordsByTarget(tools);
  const indexes = indexesByTarget(plan);
  const limit = {
    collections: pLimit(tools.load.workers),
    indexes: pLimit(INDEX_BUILDS),
  };
  const slots = new WorkerSlots(tools.load.workers);
  const budget = new WriteBudget(tools.bufferBytes, mostWritesOf(tools.load.workers));
  const endSubscription = tools.load.onWorkersChanged((workers) => {
    limit.collections.concurrency = workers;
    slots.setMost(workers);
    budget.setMostWrites(mostWritesOf(workers));
  });
  const failures: IndexFailure[] = [];
  const collections = largestFirst(plan);
  const copied = new Set(collections.map(({ target }) => formatNamespace(target)));
  await settleTogether(tools.stop, (stop) => [
    ...collections.map(async (action) => {
      const name = formatNamespace(action.target);
      const known = records.get(name) ?? null;
      const inner = { ...tools, stop };
      const record = await limit.collections(async () => {
        stop.throwIfAborted();
        const prepared = await prepareTarget({ action, planDigest: plan.digest }, known, inner);
        const { record: made, isFresh } = prepared;
        if (made.state !== "copying") return made;
        const copy = { tools: inner, isFresh, budget, slots };
        return copyDocuments(action, made, copy).catch(passOver(action, tools));
      });
      if (record === null) return;
      const work = { action, indexes: indexes.get(name) ?? [], planDigest: plan.digest };
      failures.push(...(await limit.indexes(finishCollection, record, work, inner)));
    }),
    ...[...indexes].map(async ([name, wanted]) => {
      const record = records.get(name);
      if (copied.has(name) || record === undefined) return;
      const inner = { ...tools, stop };
      failures.push(...(await limit.indexes(repairIndexes, record, wanted, plan.digest, inner)));
    }),
  ]).finally(endSubscription);
  await createViews(plan, tools);
  return failures;
}

function mostWritesOf(workers: number): number {
  return Math.max(workers, FEWEST_WRITES);
}

/** Gives null for a collection that is left as it is. */
function passOver(
  action: CollectionAction,
  { onSourceGone }: Pick<CopyTools, "onSourceGone">,
): (error: unknown) => null {
  return (error) => {
    if (onSourceGone === null || !(error instanceof SourceGoneError)) throw error;
    onSourceGone(action);
    return null;
  };
}

async function recordsByTarget({
  store,
  lease,
  retry,
}: CopyTools): Promise<ReadonlyMap<string, CollectionRecord>> {
  const records = await retry(async () => store.listCollectionRecords(lease.migration));
  return new Map(records.map((record) => [formatNamespace(record.target), record]));
}

interface FinishingWork {
  readonly action: CollectionAction;
  readonly indexes: readonly IndexAction[];
  readonly planDigest: string;
}

async function finishCollection(
  record: CollectionRecord,
  { action, indexes, planDigest }: FinishingWork,
  tools: CopyTools,
): Promise<readonly IndexFailure[]> {
  const { store, lease, retry, stop, board, load } = tools;
  let failures: readonly IndexFailure[] = [];
  if (record.state !== "done") {
    stop.throwIfAborted();
    if (indexes.length > 0) await load.untilMayCopy(stop);
    board.setState(action.target, "indexing");
    const asked = indexes.map(({ index }) => index);
    // Before the server is asked for them, and with what an interrupted process has asked for: whatever it has built is known as ours.
    const known = [...new Set([...record.indexes, ...asked])];
    const begun = { ...record, state: "indexing", indexes: known } as const;
    await retry(async () => store.putCollectionRecord(lease, begun));
    failures = await buildIndexes(record, indexes, tools);
    const failedIndexes = toFailedIndexes(failures, planDigest);
    const failed = new Set(failedIndexes.map(({ name }) => name));
    const built = known.filter((name) => !failed.has(name) || record.indexes.includes(name));
    const done = { ...record, state: "done", failedIndexes, indexes: built } as const;
    await retry(async () => store.putCollectionRecord(lease, done));
  }
  board.setState(action.target, "done");
  return failures;
}

/** What takes longest starts first, so that it does not end last. */
function largestFirst(plan: Plan): readonly CollectionAction[] {
  return plan.actions.filter(isCollectionAction).toSorted((a, b) => b.dataBytes - a.dataBytes);
}

function indexesByTarget(plan: Plan): ReadonlyMap<string, IndexAction[]> {
  const indexes = plan.actions.filter((action) => action.kind === "create-index");
  return groupBy(indexes, (action) => formatNamespace(action.target));
}
