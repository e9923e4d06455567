/**
 * Copies the documents of one collection by as many readers as it takes to keep the destination busy. Guarantees: on return
 * every partition is done; whatever ends it earlier, nothing goes on in the background.
 */
import type pLimit from "p-limit";
import { OperationError } from "../base/errors.ts";
import { settleTogether } from "../base/settle-together.ts";
import { isCapped, isUndivided, storageOf } from "../model/document-storage.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { CollectionRecord, PartitionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import { copyPartition, type PartitionJob, type PartitionTools } from "./copy-partition.ts";
import { ReaderGate } from "./reader-gate.ts";
import { divide, storeWhole } from "./split-collection.ts";
import { choosePartitionCount } from "./split-partitions.ts";
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
 * The first worker begins with the whole collection. Only where it alone is too slow is the rest divided, and others join it;
 * then all take partitions one after another until none is left. The limit is shared with the other collections.
 */
export async function copyDocuments(
  action: CollectionAction,
  record: CollectionRecord,
  copy: DocumentCopy,
): Promise<CollectionRecord> {
  const { tools, limit, budget } = copy;
  tools.board.setState(action.target, "copying");
  const gate = new ReaderGate(budget.mostWrites);
  let divided = record;
  let endDivision: () => void = ignore;
  const division = new Promise<void>((resolve) => {
    endDivision = resolve;
  });
  const onDivided = (as: CollectionRecord): void => {
    divided = as;
    endDivision();
  };
  const isDivided = record.partitionCount > 0;
  if (isDivided) endDivision();
  else await storeWhole(action, copy.isFresh, tools);
  await settleTogether(tools.stop, (stop) =>
    Array.from({ length: tools.workers }, async (_, index) => {
      const claims = { action, worker: `worker-${index}`, gate, stop };
      if (index > 0) {
        await gate.enter();
        await division;
        if (divided.partitionCount > 1) await limit(copyPartitions, claims, copy);
        return;
      }
      try {
        await limit(async () => {
          if (!isDivided) await copyWhole(record, claims, copy, onDivided);
          await copyPartitions(claims, copy);
        });
      } finally {
        gate.open();
        endDivision();
      }
    }),
  );
  await requireAllDone(divided, tools);
  return divided;
}

function ignore(): void {}

interface Claims {
  readonly action: CollectionAction;
  readonly worker: string;
  readonly gate: ReaderGate;
  readonly stop: AbortSignal;
}

/** Copies the collection as one partition; once that turns out too slow, only until it ends where the others begin. */
async function copyWhole(
  record: CollectionRecord,
  claims: Claims,
  copy: DocumentCopy,
  onDivided: (as: CollectionRecord) => void,
): Promise<void> {
  const { action, gate } = claims;
  const { source, store, lease, retry, workers } = copy.tools;
  const claim = { ...claims, worker: `${claims.worker}-whole` };
  const partition = await retry(async () =>
    store.claimPartition(lease, action.target, claim.worker),
  );
  const isDivisible =
    !isUndivided(action.options) && choosePartitionCount(action.dataBytes, workers) > 1;
  const shouldLeave = (lastKey: DocumentKey): boolean =>
    isDivisible && gate.isCrowded && source.canReadFrom(lastKey);
  const tools = partitionTools(claim, copy);
  const left =
    partition === null
      ? null
      : await copyPartition(partitionJob(action, partition, copy), { ...tools, shouldLeave });
  if (left === null || left.state === "done") {
    const whole = { ...record, partitionCount: 1 };
    await retry(async () => store.putCollectionRecord(lease, whole));
    onDivided(whole);
    return;
  }
  const division = await divide(action, record, left, copy.tools);
  onDivided(division.record);
  await copyPartition(partitionJob(action, division.first, copy), tools);
}

/** Takes partitions until none is left. The next one is read while the last writes of the one before are under way. */
async function copyPartitions(claims: Claims, copy: DocumentCopy): Promise<void> {
  const { action, stop } = claims;
  const { retry, store, lease } = copy.tools;
  const copies: Promise<unknown>[] = [];
  const failure = new AbortController();
  const copyNext = async (): Promise<boolean> => {
    stop.throwIfAborted();
    failure.signal.throwIfAborted();
    // A name of its own for each claim: a worker holds two partitions while the one before is still being written.
    const claim = { ...claims, worker: `${claims.worker}-${copies.length}` };
    const partition = await retry(async () =>
      store.claimPartition(lease, action.target, claim.worker),
    );
    if (partition === null) return false;
    await new Promise<void>((resolve, reject) => {
      const tools = { ...partitionTools(claim, copy), onReadToEnd: resolve };
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
  { action, worker, gate, stop }: Claims,
  { tools, budget }: DocumentCopy,
): PartitionTools {
  const { source, destination, store, lease, retry, board } = tools;
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
    onReadToEnd: () => {},
    shouldLeave: () => false,
    onAcknowledged: (documentCount, bytes) => {
      board.add(action.target, documentCount, bytes);
    },
  };
}
