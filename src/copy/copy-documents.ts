/**
 * Copies the documents of one collection by as many readers as it takes to keep the destination busy. Guarantees: on return
 * every partition is done; whatever ends it earlier, nothing goes on in the background.
 */
import type pLimit from "p-limit";
import { OperationError } from "../base/errors.ts";
import { settleTogether } from "../base/settle-together.ts";
import { isCapped, storageOf } from "../model/document-storage.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { CollectionRecord, KeyRange, PartitionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import { copyPartition, type PartitionJob, type PartitionTools } from "./copy-partition.ts";
import { ReaderGate } from "./reader-gate.ts";
import { storeBeginning, storeRest } from "./split-collection.ts";
import type { WriteBudget } from "./write-budget.ts";

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

export interface DocumentCopy {
  readonly tools: CopyTools;
  /** Whether the target was created just now, and so cannot hold anything yet. */
  readonly isFresh: boolean;
  readonly budget: WriteBudget;
  readonly limit: ReturnType<typeof pLimit>;
}

/**
 * Workers take partitions one after another until none is left; the limit is shared with the other collections. The
 * first one begins while the collection is still being divided, the others once it alone is too slow.
 */
export async function copyDocuments(
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
  const gate = new ReaderGate(copy.budget.mostWrites);
  await settleTogether(tools.stop, (stop) => {
    const division = beginning === null ? Promise.resolve() : divide(beginning, stop);
    const isWhole = beginning !== null && beginning.max === null;
    const count = isDivided ? record.partitionCount : isWhole ? 1 : tools.workers;
    const workers = Array.from({ length: Math.min(tools.workers, count) }, async (_, index) => {
      const claims = { action, worker: `worker-${index}`, gate };
      if (index === 0) {
        try {
          await limit(copyPartitions, claims, copy, stop, division);
        } finally {
          gate.open();
        }
      } else {
        await gate.enter();
        await division;
        await limit(copyPartitions, claims, copy, stop, division);
      }
    });
    return [division, ...workers];
  });
  await requireAllDone(divided, tools);
  return divided;
}

interface Claims {
  readonly action: CollectionAction;
  readonly worker: string;
  readonly gate: ReaderGate;
}

/** Takes partitions until none is left. The next one is read while the last writes of the one before are under way. */
async function copyPartitions(
  claims: Claims,
  copy: DocumentCopy,
  stop: AbortSignal,
  division: Promise<void>,
): Promise<void> {
  const copies: Promise<void>[] = [];
  const failure = new AbortController();
  const copyNext = async (): Promise<boolean> => {
    stop.throwIfAborted();
    failure.signal.throwIfAborted();
    const { retry, store, lease } = copy.tools;
    const { action } = claims;
    // A name of its own for each claim: a worker holds two partitions while the one before is still being written.
    const worker = `${claims.worker}-${copies.length}`;
    const partition = await retry(async () => store.claimPartition(lease, action.target, worker));
    if (partition === null) return false;
    await new Promise<void>((resolve, reject) => {
      const onReadToEnd = resolve;
      const holder = { ...claims, worker };
      const tools = partitionTools({ ...copy.tools, stop }, copy.budget, holder, onReadToEnd);
      const copying = copyPartition(partitionJob(action, partition, copy), tools);
      copying.catch((error: unknown) => {
        failure.abort(error);
        reject(error);
      });
      copies.push(copying);
    });
    return true;
  };
  try {
    await copyNext();
    await division;
    while (await copyNext());
  } finally {
    await Promise.allSettled(copies);
  }
  await Promise.all(copies);
}

function partitionJob(
  { source, sourceUuid, target, options, filter, documentCount, dataBytes }: CollectionAction,
  partition: PartitionRecord,
  { tools, isFresh }: DocumentCopy,
): PartitionJob {
  return {
    partition,
    mayHoldDocuments: !isFresh,
    read: {
      namespace: storageOf(source, options),
      uuid: sourceUuid,
      filter,
      notBefore: tools.startFence,
      averageDocumentBytes: documentCount === 0 ? null : dataBytes / documentCount,
      order: isCapped(options) ? "natural" : "key",
    },
    target: {
      namespace: storageOf(target, options),
      hasValidator: options.fields.has("validator"),
      isOrdered: isCapped(options),
    },
  };
}

function partitionTools(
  tools: CopyTools,
  budget: WriteBudget,
  { action, worker, gate }: Claims,
  onReadToEnd: () => void,
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
      retry(async () => store.storePartition(lease, action.target, worker, partition)),
    onRead: (hadToWait) => {
      gate.note(hadToWait);
    },
    onReadToEnd,
    onAcknowledged: (documentCount, bytes) => {
      board.add(action.target, documentCount, bytes);
    },
  };
}
