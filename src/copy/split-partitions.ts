/** How a collection is divided among workers. Pure. */
import type { DocumentKey } from "../model/document-key.ts";
import type { KeyRange } from "../ports.ts";

/** Below this a collection is one partition: starting another would take longer than it saves. */
const SMALLEST_PARTITION_BYTES = 16 * 1024 * 1024;
/** Large partitions only make the end of a copy uneven; progress within one is resumable at any document. */
const LARGEST_PARTITION_BYTES = 256 * 1024 * 1024;
/** Keeps the metadata small for collections of many terabytes. */
const MOST_PARTITIONS = 4096;
/** More partitions than workers, so that one that turns out slow does not hold up all. */
const PARTITIONS_PER_WORKER = 2;

/**
 * @param dataBytes - Uncompressed size of the collection's documents.
 * @param workers - Partitions copied at the same time.
 */
export function choosePartitionCount(dataBytes: number, workers: number): number {
  const needed = Math.ceil(dataBytes / LARGEST_PARTITION_BYTES);
  const useful = Math.floor(dataBytes / SMALLEST_PARTITION_BYTES);
  const wanted = Math.max(needed, Math.min(useful, workers * PARTITIONS_PER_WORKER));
  return Math.min(Math.max(wanted, 1), MOST_PARTITIONS);
}

/**
 * Picks the quantiles of a sorted sample. Neighbours that are equal are left out, so that there may be fewer keys
 * than asked for; with none the collection stays whole.
 *
 * @param sample - Keys in the server's order; a key may occur more than once.
 * @param min - Where the divided range begins; all keys are behind it or equal.
 */
export function pickSplitKeys(
  sample: readonly DocumentKey[],
  partitionCount: number,
  min: DocumentKey,
): readonly DocumentKey[] {
  const keys: DocumentKey[] = [];
  for (let part = 1; part < partitionCount; part++) {
    const key = sample[Math.floor((part * sample.length) / partitionCount)];
    if (key === undefined || Buffer.compare(key, keys.at(-1) ?? min) === 0) continue;
    keys.push(key);
  }
  return keys;
}

/** Ranges that together hold every key from `min` on exactly once: each begins where the one before ends. */
export function toRanges(splitKeys: readonly DocumentKey[], min: DocumentKey): readonly KeyRange[] {
  return [min, ...splitKeys].map((from, index) => ({ min: from, max: splitKeys[index] ?? null }));
}
