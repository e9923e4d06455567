import type { CollectionProgress } from "../../src/model/run.ts";
import { namespace } from "./sample-plan.ts";

/** A collection of 1,000 documents and 1,000,000 bytes that is being copied to `store`. */
export function progressOf(
  coll: string,
  changes: Partial<CollectionProgress> = {},
): CollectionProgress {
  return {
    source: namespace(`shop.${coll}`),
    target: namespace(`store.${coll}`),
    state: "copying",
    documentCount: 1000,
    dataBytes: 1_000_000,
    copiedDocuments: 0,
    copiedBytes: 0,
    indexShare: null,
    ...changes,
  };
}

export function copied(
  coll: string,
  percent: number,
  changes: Partial<CollectionProgress> = {},
): CollectionProgress {
  const amounts = { copiedDocuments: 10 * percent, copiedBytes: 10_000 * percent };
  return progressOf(coll, { ...amounts, ...changes });
}
