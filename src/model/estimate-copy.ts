import { type Limits, slowdownOf } from "./limits.ts";
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

/** @param limits - Those of the spec, which may make it last longer; null where they do not count. */
export function estimateCopy(
  collections: readonly CollectionSize[],
  limits: Limits | null = null,
): Estimate {
  const documentCount = sum(collections, (c) => c.documentCount);
  const dataBytes = sum(collections, (c) => c.dataBytes);
  const indexBytes = sum(collections, (c) => c.indexBytes);
  const slowdown = limits === null ? null : slowdownOf(limits);
  const copySeconds = Math.max(
    dataBytes / Math.min(BYTES_PER_SECOND, slowdown?.bytesPerSecond ?? Infinity),
    documentCount / Math.min(DOCUMENTS_PER_SECOND, slowdown?.documentsPerSecond ?? Infinity),
  );
  const indexSeconds = indexBytes / INDEX_BYTES_PER_SECOND;
  const workMs = (copySeconds + indexSeconds) * 1000 + collections.length * MS_PER_COLLECTION;
  const waitMs = workMs === 0 ? 0 : (slowdown?.longestWaitMs ?? 0);
  const durationMs = Math.round(workMs / (slowdown?.copyShare ?? 1) + waitMs);
  return { documentCount, dataBytes, indexBytes, durationMs };
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
