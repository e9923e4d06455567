import type { Estimate } from "./plan.ts";

/**
 * Rates of an ordinary managed pair over a good network, well below what `npm run bench -- copy` reaches on one
 * machine: an estimate that is too long disappoints nobody.
 */
const BYTES_PER_SECOND = 40 * 1024 * 1024;
const DOCUMENTS_PER_SECOND = 60_000;
const INDEX_BYTES_PER_SECOND = 20 * 1024 * 1024;
/** Creating a collection and recording its state. */
const MS_PER_COLLECTION = 50;

/** What one collection holds. */
export type CollectionSize = Omit<Estimate, "durationMs">;

export function estimateCopy(collections: readonly CollectionSize[]): Estimate {
  const documentCount = sum(collections, (c) => c.documentCount);
  const dataBytes = sum(collections, (c) => c.dataBytes);
  const indexBytes = sum(collections, (c) => c.indexBytes);
  const copySeconds = Math.max(dataBytes / BYTES_PER_SECOND, documentCount / DOCUMENTS_PER_SECOND);
  const indexSeconds = indexBytes / INDEX_BYTES_PER_SECOND;
  const durationMs = Math.round(
    (copySeconds + indexSeconds) * 1000 + collections.length * MS_PER_COLLECTION,
  );
  return { documentCount, dataBytes, indexBytes, durationMs };
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
