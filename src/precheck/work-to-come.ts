/** What the copy has still to bring over, as far as one look at both ends tells. Pure. */
import type { CollectionSize } from "../model/estimate-copy.ts";
import { isReplaceable, type SelectedObject } from "../model/select-objects.ts";

const NOTHING: CollectionSize = { documentCount: 0, dataBytes: 0, indexBytes: 0 };

/** Whether anything of the object is copied: not what is complete, nor what the spec leaves at the destination as it is. */
export function isToCopy(object: SelectedObject): boolean {
  const { source, existing, owned } = object;
  if (source.kind === "view" || owned?.isComplete === true) return false;
  return owned !== null || existing === null || isReplaceable(object);
}

/** Sizes of the collection that is copied. A filter may leave less of it, by how much is not known. */
export function sizeToCopy(object: SelectedObject): CollectionSize {
  if (!isToCopy(object)) return NOTHING;
  const { documentCount, dataBytes, indexBytes } = object.source;
  return { documentCount, dataBytes, indexBytes };
}

/**
 * By how much the copy makes the destination grow: what an interrupted run has copied is there already, and what is
 * replaced goes before its successor comes.
 */
export function growthBytes(object: SelectedObject): number {
  const { dataBytes, indexBytes } = sizeToCopy(object);
  const thereBytes = (object.existing?.dataBytes ?? 0) + (object.existing?.indexBytes ?? 0);
  return Math.max(dataBytes + indexBytes - thereBytes, 0);
}
