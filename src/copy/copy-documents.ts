/**
 * Copies the documents of one collection by as many readers as it takes to keep the destination busy. Guarantees: on return
 * every partition is done; whatever ends it earlier, nothing goes on in the background.
 */
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
import type { WorkerSlot, WorkerSlots } from "./worker-slots.ts";
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
  /** Shared with the other collections. */
  readonly slots: WorkerSlots;
}

/** More are never allowed (schemas/mongoferry.schema.json). */
const MOST_WORKERS = 64;

/**
 * The first worker begins with the whole collection. Only where it alone is too slow is the rest divided, and others join it;
 * then all take partitions one after another until none is left. Where fewer are allowed later, some step aside and leave what they have
 * begun as it is, until there is room again.
 */
export async function copyDocuments(
  action: CollectionAction,
  record: CollectionRecord,
  copy: DocumentCopy,
): Promise<CollectionRecord> {
  const { tools, slots, budget } = copy;
  tools.board.setState(action.target, "copying");
  const gate = new ReaderGate({
    get mostWrites() {
      return budget.mostWrites;
    },
    get workers() {
      return tools.load.workers;
    },
  });
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
    Array.from({ length: MOST_WORKERS }, async (_, index) => {
      const own = { action, worker: `worker-${index}`, gate, stop };
      if (index > 0) {
        if (!(await gate.enter())) return;
        await division;
        if (divided.partitionCount <= 1) return;
        await slots.use(async (slot) => copyPartitions({ ...own, slot }, copy));
        return;
      }
      try {
        await slots.use(async (slot) => {
          const claims = { ...own, slot };
          if (!isDivided) await copyWhole(record, claims, copy, onDivided);
          await copyPartitions(claims, copy);
        });
      } finally {
        gate.close();
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
  readonly slot: WorkerSlot;
  readonly stop: AbortSignal;
}

/** Copies the collection as one partition; once that turns out too slow, only until it ends where the others begin. */
async function copyWhole(
  record: CollectionRecord,
  claims: Claims,
  copy: DocumentCopy,
  onDivided: (as: CollectionRecord) => void,
): Promise<void> {
  const { action, gate, slot } = claims;
  const { source, store, lease, retry, load } = copy.tools;
  const claim = { ...claims, worker: `${claims.worker}-whole` };
  const partition = await retry(async () =>
    store.claimPartition(lease, action.target, claim.worker),
  );
  const isDivisible =
    !isUndivided(action.options) && choosePartitionCount(action.dataBytes, load.workers) > 1;
  let isToDivide = false;
  const shouldLeave = (lastKey: DocumentKey): boolean => {
    isToDivide = isDivisible && gate.isCrowded && source.canReadFrom(lastKey);
    return isToDivide || mustStepAside(lastKey, claims, copy);
  };
  const tools = { ...partitionTools(claim, copy), shouldLeave };
  let left = partition;
  while (left !== null && left.state !== "done") {
    left = await copyPartition(partitionJob(action, left, copy), tools);
    if (isToDivide) break;
    if (left.state !== "done") await slot.stepAside();
  }
  if (left === null || left.state === "done") {
    const whole = { ...record, partitionCount: 1 };
    await retry(async () => store.putCollectionRecord(lease, whole));
    onDivided(whole);
    return;
  }
  const division = await divide(action, record, left, copy.tools);
  onDivided(division.record);
  await copyToEnd(division.first, claim, copy, () => {});
}

/**
 * Copies a claimed partition to its end. Where there are too many workers, it is left as it is meanwhile: nobody else takes it.
 *
 * @param onReadToEnd - As in `PartitionTools`.
 */
async function copyToEnd(
  partition: PartitionRecord,
  claims: Claims,
  copy: DocumentCopy,
  onReadToEnd: () => void,
): Promise<void> {
  const tools: PartitionTools = {
    ...partitionTools(claims, copy),
    onReadToEnd,
    shouldLeave: (lastKey) => mustStepAside(lastKey, claims, copy),
  };
  let left = partition;
  for (;;) {
    left = await copyPartition(partitionJob(claims.action, left, copy), tools);
    if (left.state === "done") return;
    await claims.slot.stepAside();
    claims.stop.throwIfAborted();
  }
}

/** What is read in its natural order would have to be read from the beginning again. */
function mustStepAside(
  lastKey: DocumentKey,
  { action, slot }: Claims,
  { tools }: DocumentCopy,
): boolean {
  return !isCapped(action.options) && tools.source.canReadFrom(lastKey) && slot.mustStepAside();
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
      const copying = copyToEnd(partition, claim, copy, resolve);
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
  const { source, destination, store, lease, retry, board, load } = tools;
  return {
    source,
    destination,
    budget,
    load,
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
