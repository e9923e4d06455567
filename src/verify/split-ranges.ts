/** How a collection is divided among those who compare it. Shares nothing with how it is copied. Pure. */
import type { DocumentKey } from "../model/document-key.ts";
import type { KeyRange, Portion } from "../ports.ts";

/** Small enough that an interruption costs little, large enough that starting a range is nothing beside reading it. */
const RANGE_BYTES = 48 * 1024 * 1024;
const MOST_RANGES = 2_000;
/** Sampled keys for each range: quantiles of them then rarely miss the true ones by much. */
const KEYS_PER_RANGE = 10;

/**
 * @param size - Of the collection, uncompressed.
 * @param most - What a range should hold; null: nothing limits how fast it is read.
 */
export function chooseRangeCount(
  { documentCount, dataBytes }: { readonly documentCount: number; readonly dataBytes: number },
  most: Portion | null,
): number {
  const count = Math.max(
    Math.round(dataBytes / RANGE_BYTES),
    most === null ? 0 : Math.ceil(documentCount / most.documentCount),
    most === null ? 0 : Math.ceil(dataBytes / most.bytes),
  );
  return Math.min(Math.max(count, 1), MOST_RANGES);
}

export function keysToPick(rangeCount: number): number {
  return rangeCount * KEYS_PER_RANGE;
}

/**
 * Ranges that together hold every key exactly once.
 *
 * @param sample - Keys in the server's order; a key may occur more than once.
 */
export function splitRanges(
  sample: readonly DocumentKey[],
  rangeCount: number,
): readonly KeyRange[] {
  const bounds: DocumentKey[] = [];
  for (let part = 1; part < rangeCount; part++) {
    const key = sample[Math.floor((part * sample.length) / rangeCount)];
    const last = bounds.at(-1);
    if (key === undefined || (last !== undefined && Buffer.compare(key, last) === 0)) continue;
    bounds.push(key);
  }
  return [null, ...bounds].map((min, index) => ({ min, max: bounds[index] ?? null }));
}
