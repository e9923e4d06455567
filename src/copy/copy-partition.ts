/**
 * Copies one partition. Guarantees: `copiedThrough` moves only over documents that are majority-acknowledged at the
 * destination (I2), without gaps; an interruption at any point loses at most the batches under way, which are then
 * copied again from there, not from the start; memory is bounded by the budget.
 */
import type { Retry } from "../base/retry.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type {
  DestinationDeployment,
  DocumentBatch,
  DocumentReader,
  LoadGate,
  PartitionRecord,
  Portion,
  ReadRequest,
  WriteTarget,
} from "../ports.ts";
import { LatestWriter } from "../base/latest-writer.ts";
import { portionsOf } from "./portions.ts";
import type { WriteBudget } from "./write-budget.ts";

/** Aim for each batch. Larger ones copy no faster and hold more memory (docs/decisions/batches-and-writes.md). */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Where the load is limited: portions to read at a time. */
const READ_PORTIONS = 20;

export interface PartitionJob {
  readonly partition: PartitionRecord;
  /** Whether an earlier attempt may have left documents behind `copiedThrough`. */
  readonly mayHoldDocuments: boolean;
  readonly read: Pick<
    ReadRequest,
    "namespace" | "uuid" | "filter" | "notBefore" | "averageDocumentBytes" | "order"
  >;
  readonly target: WriteTarget;
}

export interface PartitionTools {
  readonly source: DocumentReader;
  readonly destination: Pick<DestinationDeployment, "writeBatch" | "rewriteBatch">;
  readonly budget: WriteBudget;
  readonly load: LoadGate;
  readonly retry: Retry;
  /** Ends the reading; what has been read is still written and stored. */
  readonly stop: AbortSignal;
  /** Aborts when the lease is lost: from then on nothing more may be written (I7). */
  readonly lost: AbortSignal;
  storeProgress(partition: PartitionRecord): Promise<void>;
  /** Told of each batch, and whether it had to wait for the destination. */
  onRead(hadToWait: boolean): void;
  /** Called when all is read; writes may still be under way. */
  onReadToEnd(): void;
  /** Whether to leave the partition behind this key: to be divided, or for later. */
  shouldLeave(lastKey: DocumentKey): boolean;
  onAcknowledged(documentCount: number, bytes: number): void;
}

interface PendingWrite {
  readonly written: Promise<void>;
  readonly batch: Pick<DocumentBatch, "documentCount" | "lastKey">;
  readonly bytes: number;
  isSettled: boolean;
}

/** @returns How far it came: all of it is copied, unless `shouldLeave` said otherwise. */
export async function copyPartition(
  job: PartitionJob,
  tools: PartitionTools,
): Promise<PartitionRecord> {
  let progress = job.partition;
  let hasLeft = false;
  const checkpoint = new LatestWriter(tools.storeProgress);
  const pending: PendingWrite[] = [];

  const acknowledgeOldest = async (): Promise<void> => {
    const oldest = pending[0];
    if (oldest === undefined) return;
    await oldest.written;
    pending.shift();
    progress = advance(progress, oldest);
    checkpoint.put(progress);
    tools.onAcknowledged(oldest.batch.documentCount, oldest.bytes);
  };

  const write = async (batch: DocumentBatch): Promise<boolean> => {
    const wasLimited = await tools.load.take(batch.documentCount, batch.bytes.length, tools.stop);
    while (pending[0]?.isSettled === true) await acknowledgeOldest();
    const mostPending = job.target.isOrdered === true ? 1 : tools.budget.mostWrites;
    const isFull = pending.length >= mostPending;
    while (pending.length >= mostPending) await acknowledgeOldest();
    const hadToWait = await tools.budget.acquire(batch.bytes.length);
    pending.push(startWrite(job, batch, tools));
    return wasLimited || isFull || hadToWait;
  };

  const { source, load, stop } = tools;
  const keyOf = (document: Uint8Array): DocumentKey => source.keyOf(document);
  try {
    for await (const batch of source.readBatches(toRequest(job, load), stop)) {
      await load.untilMayCopy(stop);
      for (const portion of portionsOf(batch, () => load.portion, keyOf)) {
        tools.onRead(await write(portion));
        hasLeft = tools.shouldLeave(portion.lastKey);
        if (hasLeft) break;
      }
      if (hasLeft) break;
    }
    if (!hasLeft) tools.onReadToEnd();
    while (pending.length > 0) await acknowledgeOldest();
    if (!hasLeft) progress = { ...progress, state: "done" };
    checkpoint.put(progress);
  } catch (error) {
    await settle(pending, acknowledgeOldest);
    await checkpoint.flush().catch(() => {});
    throw error;
  }
  await checkpoint.flush();
  return progress;
}

function toRequest({ read, partition }: PartitionJob, load: LoadGate): ReadRequest {
  const { range, copiedThrough } = partition;
  const most = (): Portion | null => readAhead(load.portion);
  return { ...read, range, after: copiedThrough, batchBytes: BATCH_BYTES, most };
}

/** A server forgets a cursor that is not asked for ten minutes: what is read at once must not take that long to write. */
function readAhead(portion: Portion | null): Portion | null {
  if (portion === null) return null;
  const { documentCount, bytes } = portion;
  return { documentCount: documentCount * READ_PORTIONS, bytes: bytes * READ_PORTIONS };
}

/** Room for the batch has been taken already, and is given back when it is written. */
function startWrite(
  { target, partition, mayHoldDocuments }: PartitionJob,
  batch: DocumentBatch,
  { budget, destination, load, retry, lost }: PartitionTools,
): PendingWrite {
  const bytes = batch.bytes.length;
  let mayHold = mayHoldDocuments;
  const written = retry(async () => {
    lost.throwIfAborted();
    const isNew = !mayHold;
    // Whatever becomes of this try, a later one may meet what it has written.
    mayHold = true;
    await load.watchWrite(batch.documentCount, bytes, async () =>
      isNew
        ? destination.writeBatch(target, batch)
        : destination.rewriteBatch(target, batch, partition.range.max),
    );
  }).finally(() => {
    budget.release(bytes);
  });
  const { documentCount, lastKey } = batch;
  const write = { written, batch: { documentCount, lastKey }, bytes, isSettled: false };
  const markSettled = (): void => {
    write.isSettled = true;
  };
  // Awaited in order by acknowledgeOldest; until then a failure must not count as unhandled.
  written.then(markSettled, markSettled);
  return write;
}

function advance(partition: PartitionRecord, { batch, bytes }: PendingWrite): PartitionRecord {
  return {
    ...partition,
    copiedThrough: batch.lastKey,
    copiedDocuments: partition.copiedDocuments + batch.documentCount,
    copiedBytes: partition.copiedBytes + bytes,
  };
}

/** Counts what still arrives, up to the first write that failed, and leaves nothing under way. */
async function settle(
  pending: readonly PendingWrite[],
  acknowledgeOldest: () => Promise<void>,
): Promise<void> {
  try {
    while (pending.length > 0) await acknowledgeOldest();
  } catch {
    await Promise.allSettled(pending.map((write) => write.written));
  }
}
