/**
 * Divides a collection among the workers: its beginning at once, so that the first of them has work, and the rest by a
 * sample, for which a server takes up to a second.
 */
import { isUndivided } from "../model/document-storage.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { CollectionRecord, KeyRange } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import {
  beginningDocuments,
  choosePartitionCount,
  pickSplitKeys,
  toRanges,
} from "./split-partitions.ts";

/**
 * Stores the first partition, unless an interrupted run has done so, and returns its range. It may be the whole
 * collection.
 */
export async function storeBeginning(
  action: CollectionAction,
  isFresh: boolean,
  { source, store, lease, retry, workers }: CopyTools,
): Promise<KeyRange> {
  if (!isFresh) {
    const known = await retry(async () => store.listPartitions(lease.migration, action.target));
    const first = known.find(({ index }) => index === 0);
    if (first !== undefined) {
      // Others that were stored before their number was: they are about to be replaced, and must not be claimed.
      await retry(async () => store.putPartitions(lease, action.target, [], 1));
      return first.range;
    }
  }
  const isWhole =
    isUndivided(action.options) || choosePartitionCount(action.dataBytes, workers) === 1;
  const max = isWhole
    ? null
    : await retry(async () => source.keyAfter(action.source, beginningDocuments(action)));
  const beginning = { min: null, max };
  await retry(async () => store.putPartitions(lease, action.target, [beginning], 0));
  return beginning;
}

/**
 * Stores the partitions behind the first one, and with them their number. None of them may be claimed before this has
 * returned: a second try replaces what the first one stored.
 */
export async function storeRest(
  action: CollectionAction,
  record: CollectionRecord,
  { max }: KeyRange,
  { source, store, lease, retry, workers }: CopyTools,
): Promise<CollectionRecord> {
  const count = choosePartitionCount(action.dataBytes, workers) - 1;
  let partitionCount = 1;
  if (max !== null) {
    const sample = await retry(async () => source.sampleKeys(action.source, count, max));
    const ranges = toRanges(pickSplitKeys(sample, count, max), max);
    await retry(async () => store.putPartitions(lease, action.target, ranges, 1));
    partitionCount += ranges.length;
  }
  const split = { ...record, partitionCount };
  await retry(async () => store.putCollectionRecord(lease, split));
  return split;
}
