/** Collections and partitions of a copy: who works on what, and how far it is. */
import type { WithId } from "mongodb";
import type { Namespace } from "../../model/namespace.ts";
import type { DocumentKey } from "../../model/document-key.ts";
import type {
  CollectionRecord,
  CopiedAmount,
  KeyRange,
  Lease,
  PartitionRecord,
} from "../../ports.ts";
import { operation } from "../operation-error.ts";
import {
  type CollectionDocument,
  fromBinary,
  fromNamespaceText,
  isDuplicateKey,
  type PartitionDocument,
  type StoreCollections,
  toBinary,
  toNamespaceText,
} from "./documents.ts";
import { leaseLost } from "./run-store.ts";

export async function listCollectionRecords(
  { collections }: StoreCollections,
  migration: string,
): Promise<readonly CollectionRecord[]> {
  return operation("list copied collections", migration, async () => {
    const found = await collections.find({ migration }).toArray();
    return found.map(toCollectionRecord);
  });
}

function toCollectionRecord(found: WithId<CollectionDocument>): CollectionRecord {
  const { sourceUuid, targetUuid, replaced, planDigest, runSeq, state, partitionCount } = found;
  const source = fromNamespaceText(found.source);
  const target = fromNamespaceText(found.target);
  const isComplete = state === "done";
  // Records of versions without filters have none.
  const filter = found.filter ?? null;
  const failedIndexes = found.failedIndexes ?? [];
  const indexes = found.indexes ?? [];
  const viewDigest = found.viewDigest ?? null;
  return {
    source,
    target,
    sourceUuid,
    targetUuid,
    replaced,
    filter,
    planDigest,
    runSeq,
    state,
    partitionCount,
    isComplete,
    failedIndexes,
    indexes,
    viewDigest,
  };
}

export async function putCollectionRecord(
  { collections }: StoreCollections,
  lease: Lease,
  record: CollectionRecord,
): Promise<void> {
  const { migration, epoch } = lease;
  const { sourceUuid, targetUuid, replaced, filter, planDigest, runSeq, state, partitionCount } =
    record;
  const { failedIndexes, indexes, viewDigest } = record;
  const target = toNamespaceText(record.target);
  const source = toNamespaceText(record.source);
  await operation("store a collection's state", record.target, async () => {
    const change = {
      epoch,
      source,
      sourceUuid,
      targetUuid,
      replaced,
      filter,
      planDigest,
      runSeq,
      state,
      partitionCount,
      failedIndexes,
      indexes,
      viewDigest,
    };
    // A record of a later epoch does not match; its unique index then refuses the upsert.
    await collections
      .updateOne({ migration, target, epoch: { $lte: epoch } }, { $set: change }, { upsert: true })
      .catch((error: unknown) => {
        throw isDuplicateKey(error) ? leaseLost(lease) : error;
      });
  });
}

export async function deleteCollectionRecord(
  { collections, partitions }: StoreCollections,
  { migration, epoch }: Lease,
  target: Namespace,
): Promise<void> {
  const filter = { migration, target: toNamespaceText(target), epoch: { $lte: epoch } };
  await operation("forget a collection's state", target, async () => {
    await partitions.deleteMany(filter);
    await collections.deleteOne(filter);
  });
}

export async function putPartitions(
  { partitions }: StoreCollections,
  lease: Lease,
  target: Namespace,
  ranges: readonly KeyRange[],
  from: number,
): Promise<void> {
  const { migration, epoch } = lease;
  const text = toNamespaceText(target);
  await operation("store partitions", target, async () => {
    const index = { $gte: from };
    await partitions.deleteMany({ migration, target: text, index, epoch: { $lte: epoch } });
    if (ranges.length === 0) return;
    const wanted = ranges.map((range, at) => newPartition(lease, text, range, from + at));
    try {
      await partitions.insertMany(wanted, { ordered: false });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const stored = await partitions.find({ migration, target: text, index }).toArray();
      if (stored.some((each) => each.epoch > epoch)) throw leaseLost(lease);
      // All others come from an earlier try, which the server has carried out late.
      if (stored.length !== wanted.length) throw error;
    }
  });
}

export async function moveEnd(
  { partitions }: StoreCollections,
  lease: Lease,
  target: Namespace,
  index: number,
  max: DocumentKey | null,
): Promise<void> {
  const { migration, epoch } = lease;
  await operation("move a partition's end", target, async () => {
    const { matchedCount } = await partitions.updateOne(
      { migration, target: toNamespaceText(target), index, epoch: { $lte: epoch } },
      { $set: { epoch, max: toBinary(max) } },
    );
    if (matchedCount === 0) throw leaseLost(lease);
  });
}

function newPartition(
  lease: Lease,
  target: string,
  range: KeyRange,
  index: number,
): PartitionDocument {
  return {
    migration: lease.migration,
    target,
    epoch: lease.epoch,
    index,
    min: toBinary(range.min),
    max: toBinary(range.max),
    state: "pending",
    worker: null,
    workerEpoch: null,
    copiedThrough: null,
    copiedDocuments: 0,
    copiedBytes: 0,
  };
}

export async function listPartitions(
  { partitions }: StoreCollections,
  migration: string,
  target: Namespace,
): Promise<readonly PartitionRecord[]> {
  return operation("list partitions", target, async () => {
    const found = await partitions
      .find({ migration, target: toNamespaceText(target) })
      .sort({ index: 1 })
      .toArray();
    return found.map(toPartitionRecord);
  });
}

function toPartitionRecord(found: PartitionDocument): PartitionRecord {
  const { index, state, copiedDocuments, copiedBytes } = found;
  return {
    index,
    range: { min: fromBinary(found.min), max: fromBinary(found.max) },
    state,
    copiedThrough: fromBinary(found.copiedThrough),
    copiedDocuments,
    copiedBytes,
  };
}

export async function sumProgress(
  { partitions }: StoreCollections,
  migration: string,
): Promise<readonly CopiedAmount[]> {
  return operation("sum up the progress", migration, async () => {
    const sums = await partitions
      .aggregate<{ _id: string; copiedDocuments: number; copiedBytes: number }>([
        { $match: { migration } },
        {
          $group: {
            _id: "$target",
            copiedDocuments: { $sum: "$copiedDocuments" },
            copiedBytes: { $sum: "$copiedBytes" },
          },
        },
      ])
      .toArray();
    return sums.map(({ _id, ...amounts }) => ({ target: fromNamespaceText(_id), ...amounts }));
  });
}

export async function claimPartition(
  { partitions }: StoreCollections,
  lease: Lease,
  target: Namespace,
  worker: string,
): Promise<PartitionRecord | null> {
  const { migration, epoch } = lease;
  return operation("claim a partition", target, async () => {
    const claimed = await partitions.findOneAndUpdate(
      {
        migration,
        target: toNamespaceText(target),
        // One of an earlier epoch was stored too late, by a process that had lost the lease; its progress no longer counts.
        epoch: { $lte: epoch },
        state: { $ne: "done" },
        $or: [
          { workerEpoch: null },
          { workerEpoch: { $lt: epoch } },
          // A claim whose answer was lost on the way: each claim has a name of its own.
          { workerEpoch: epoch, worker },
        ],
      },
      { $set: { epoch, state: "copying", worker, workerEpoch: epoch } },
      { sort: { index: 1 }, returnDocument: "after" },
    );
    return claimed === null ? null : toPartitionRecord(claimed);
  });
}

export async function storePartition(
  { partitions }: StoreCollections,
  lease: Lease,
  target: Namespace,
  worker: string,
  partition: PartitionRecord,
): Promise<void> {
  const { migration, epoch } = lease;
  const { index, state, copiedDocuments, copiedBytes } = partition;
  const copiedThrough = toBinary(partition.copiedThrough);
  await operation("store a partition's progress", target, async () => {
    const { matchedCount } = await partitions.updateOne(
      { migration, target: toNamespaceText(target), index, epoch, worker, workerEpoch: epoch },
      { $set: { state, copiedThrough, copiedDocuments, copiedBytes } },
    );
    if (matchedCount === 0) throw leaseLost(lease);
  });
}
