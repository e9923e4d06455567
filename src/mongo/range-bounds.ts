import { type Document, MaxKey } from "mongodb";
import { isBuckets } from "../model/document-storage.ts";
import type { Namespace } from "../model/namespace.ts";
import type { KeyRange } from "../ports.ts";
import { decodeKey } from "./exact-bson.ts";

/**
 * What each `find` is given that together read a range in order. One, but where a range is open at its end: a server that is given a lower bound
 * alone leaves the document out whose `_id` is MaxKey, and refuses MaxKey as that bound (code 51175; both seen on 6.0.5).
 */
export function rangeReads(
  namespace: Namespace,
  range: KeyRange,
  filter: Document,
): readonly Document[] {
  const { min, max } = range;
  if (min === null || max !== null || isBuckets(namespace)) {
    return [{ filter, ...rangeBounds(namespace, range) }];
  }
  const last = { filter: { $and: [{ _id: { $eq: new MaxKey() } }, filter] } };
  if (min[TYPE_OFFSET] === MAX_KEY) return [last];
  return [{ filter, ...rangeBounds(namespace, range) }, last];
}

/** Where the type of a key's value stands, behind the length of its document. */
const TYPE_OFFSET = 4;
const MAX_KEY = 0x7f;

/**
 * The part of `find` that reads a range of `_id` in its order. Bounds by index, since comparisons in a filter match
 * values of one BSON type only. Buckets of time series are clustered by an `_id` that is always an ObjectId, so that there a
 * filter is exact; up to 5.2 servers know no other way (tried on 5.0.4).
 */
export function rangeBounds(namespace: Namespace, { min, max }: KeyRange): Document {
  if (!isBuckets(namespace)) {
    return {
      hint: { _id: 1 },
      ...(min === null ? {} : { min: decodeKey(min) }),
      ...(max === null ? {} : { max: decodeKey(max) }),
    };
  }
  const bounds = {
    ...(min === null ? {} : { $gte: decodeKey(min).get("_id") }),
    ...(max === null ? {} : { $lt: decodeKey(max).get("_id") }),
  };
  return { filter: Object.keys(bounds).length === 0 ? {} : { _id: bounds } };
}
