/**
 * Copies all collections of a plan: creates them, copies their partitions with a bounded number of workers, then builds
 * their indexes while others are still being copied. Guarantees: nothing that the plan does not name is dropped or
 * written (I8); after an interruption each collection goes on where its record says.
 */
import pLimit from "p-limit";
import type { Retry } from "../base/retry.ts";
import { OperationError } from "../base/errors.ts";
import { settleTogether } from "../base/settle-together.ts";
import { groupBy } from "../base/group-by.ts";
import { isCapped, storageOf } from "../model/document-storage.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
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
  KeyRange,
  Lease,
  SourceDeployment,
} from "../ports.ts";
import { buildIndexes, repairIndexes, toFailedIndexes } from "./build-indexes.ts";
import { ByteBudget } from "./byte-budget.ts";
import { copyPartition, type PartitionTools } from "./copy-partition.ts";
import { createViews } from "./create-views.ts";
import { prepareTarget } from "./prepare-target.ts";
import { storeBeginning, storeRest } from "./split-collection.ts";
import type { ProgressBoard } from "./progress-board.ts";

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
  readonly workers: number;
  readonly bufferBytes: number;
  readonly retry: Retry;
  readonly stop: AbortSignal;
  readonly board: ProgressBoard;
}

/** @returns The indexes that could not be built now; records tell of those of an earlier process too. */
export async function copyCollections(
  plan: Plan,
  tools: CopyTools,
): Promise<readonly IndexFailure[]> {
  const records = await recordsByTarget(tools);
  const indexes = indexesByTarget(plan);
  const limit = {
    collections: pLimit(tools.workers),
    partitions: pLimit(tools.workers),
    indexes: pLimit(INDEX_BUILDS),
  };
  const budget = new ByteBudget(tools.bufferBytes);
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
        const limits = { budget, limit: limit.partitions };
        return copyDocuments(action, made, { tools: inner, isFresh, ...limits });
      });
      const work = { action, indexes: indexes.get(name) ?? [], planDigest: plan.digest };
      failures.push(...(await limit.indexes(finishCollection, record, work, inner)));
    }),
    ...[...indexes].map(async ([name, wanted]) => {
      const record = records.get(name);
      if (copied.has(name) || record === undefined) return;
      const inner = { ...tools, stop };
      failures.push(...(await limit.indexes(repairIndexes, record, wanted, plan.digest, inner)));
    }),
  ]);
  await createViews(plan, tools);
  return failures;
}

async function recordsByTarget({
  store,
  lease,
}: CopyTools): Promise<ReadonlyMap<string, CollectionRecord>> {
  const records = await store.listCollectionRecords(lease.migration);
  return new Map(records.map((record) => [formatNamespace(record.target), record]));
}

/** Nothing left to claim must mean that all is done; a metadata database that was tampered with is no reason to lose data. */
async function requireAllDone(
  { target, partitionCount }: CollectionRecord,
  { store, lease, retry }: CopyTools,
): Promise<void> {
  const partitions = await retry(async () => store.listPartitions(lease.migration, target));
  const done = partitions.filter(({ state }) => state === "done").length;
  if (done === partitionCount) return;
  throw new OperationError({
    operation: "copy documents",
    object: formatNamespace(target),
    isRetryable: false,
    hint: "The metadata database was changed by something else; drop the collection at the destination and apply again",
    cause: new Error(`${done} of ${partitionCount} partitions are done, and none is left`),
  });
}

interface DocumentCopy {
  readonly tools: CopyTools;
  /** Whether the target was created just now, and so cannot hold anything yet. */
  readonly isFresh: boolean;
  readonly budget: ByteBudget;
  readonly limit: ReturnType<typeof pLimit>;
}

/**
 * Workers take partitions one after another until none is left; the limit is shared with the other collections. The
 * first one begins while the collection is still being divided.
 */
async function copyDocuments(
  action: CollectionAction,
  record: CollectionRecord,
  copy: DocumentCopy,
): Promise<CollectionRecord> {
  const { tools, limit } = copy;
  tools.board.setState(action.target, "copying");
  let divided = record;
  const divide = async (beginning: KeyRange, stop: AbortSignal): Promise<void> => {
    divided = await storeRest(action, record, beginning, { ...tools, stop });
  };
  const isDivided = record.partitionCount > 0;
  const beginning = isDivided ? null : await storeBeginning(action, copy.isFresh, tools);
  await settleTogether(tools.stop, (stop) => {
    const division = beginning === null ? Promise.resolve() : divide(beginning, stop);
    const isWhole = beginning !== null && beginning.max === null;
    const count = isDivided ? record.partitionCount : isWhole ? 1 : tools.workers;
    const workers = Array.from({ length: Math.min(tools.workers, count) }, async (_, index) => {
      const copyNext = async (): Promise<boolean> =>
        copyNextPartition(action, `worker-${index}`, copy, stop);
      if (index === 0) await limit(copyNext);
      await division;
      await limit(async () => {
        while (await copyNext());
      });
    });
    return [division, ...workers];
  });
  await requireAllDone(divided, tools);
  return divided;
}

/** Returns whether there was one to claim. */
async function copyNextPartition(
  action: CollectionAction,
  worker: string,
  { tools, isFresh, budget }: DocumentCopy,
  stop: AbortSignal,
): Promise<boolean> {
  const { store, lease, retry, startFence } = tools;
  const { target, documentCount, dataBytes, options } = action;
  stop.throwIfAborted();
  const partition = await retry(async () => store.claimPartition(lease, target, worker));
  if (partition === null) return false;
  const job = {
    partition,
    mayHoldDocuments: !isFresh,
    read: {
      namespace: storageOf(action.source, options),
      uuid: action.sourceUuid,
      filter: action.filter,
      notBefore: startFence,
      averageDocumentBytes: documentCount === 0 ? null : dataBytes / documentCount,
      order: isCapped(options) ? ("natural" as const) : ("key" as const),
    },
    target: {
      namespace: storageOf(target, options),
      hasValidator: options.fields.has("validator"),
      isOrdered: isCapped(options),
    },
  };
  await copyPartition(job, partitionTools({ ...tools, stop }, budget, target, worker));
  return true;
}

function partitionTools(
  tools: CopyTools,
  budget: ByteBudget,
  target: Namespace,
  worker: string,
): PartitionTools {
  const { source, destination, store, lease, retry, stop, board } = tools;
  return {
    source,
    destination,
    budget,
    retry,
    stop,
    lost: lease.signal,
    storeProgress: async (partition) =>
      retry(async () => store.storePartition(lease, target, worker, partition)),
    onAcknowledged: (documentCount, bytes) => {
      board.add(target, documentCount, bytes);
    },
  };
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
  const { store, lease, retry, stop, board } = tools;
  let failures: readonly IndexFailure[] = [];
  if (record.state !== "done") {
    stop.throwIfAborted();
    board.setState(action.target, "indexing");
    await retry(async () => store.putCollectionRecord(lease, { ...record, state: "indexing" }));
    failures = await buildIndexes(indexes, tools);
    const failedIndexes = toFailedIndexes(failures, planDigest);
    const done = { ...record, state: "done", failedIndexes } as const;
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
