/**
 * Divides what is left of a collection among several readers, once one is too slow: a sample takes a server up to a second,
 * which most collections never need.
 */
import { BugError } from "../base/errors.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { CollectionRecord, PartitionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import { choosePartitionCount, pickSplitKeys, toRanges } from "./split-partitions.ts";

type SplitTools = Pick<CopyTools, "source" | "store" | "lease" | "retry" | "load">;

/**
 * Stores the whole collection as one partition, or keeps the one that an interrupted run has begun. A division that it did
 * not finish is undone: none of its other partitions was ever claimed.
 */
export async function storeWhole(
  { target }: CollectionAction,
  isFresh: boolean,
  { store, lease, retry }: SplitTools,
): Promise<void> {
  const known = isFresh
    ? []
    : await retry(async () => store.listPartitions(lease.migration, target));
  if (!known.some(({ index }) => index === 0)) {
    await retry(async () => store.putPartitions(lease, target, [{ min: null, max: null }], 0));
    return;
  }
  await retry(async () => store.putPartitions(lease, target, [], 1));
  await retry(async () => store.moveEnd(lease, target, 0, null));
}

export interface Division {
  readonly record: CollectionRecord;
  /** The first partition, which now ends where the second one begins. */
  readonly first: PartitionRecord;
}

/**
 * Ends the first partition somewhere behind what is copied of it, and stores others for the rest. Their number comes last:
 * until then the division does not count.
 */
export async function divide(
  action: CollectionAction,
  record: CollectionRecord,
  first: PartitionRecord,
  { source, store, lease, retry, load }: SplitTools,
): Promise<Division> {
  const { copiedThrough } = first;
  if (copiedThrough === null) throw new BugError("A collection is divided behind its first batch");
  const count = choosePartitionCount(
    Math.max(action.dataBytes - first.copiedBytes, 0),
    load.workers,
  );
  const sample = await retry(async () => source.sampleKeys(action.source, count, copiedThrough));
  const [end = null, ...splitKeys] = pickSplitKeys(sample, count, copiedThrough);
  const ranges = end === null ? [] : toRanges(splitKeys, end);
  await retry(async () => store.putPartitions(lease, action.target, ranges, 1));
  await retry(async () => store.moveEnd(lease, action.target, first.index, end));
  const divided = { ...record, partitionCount: 1 + ranges.length };
  await retry(async () => store.putCollectionRecord(lease, divided));
  return { record: divided, first: { ...first, range: { ...first.range, max: end } } };
}
