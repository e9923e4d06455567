import type { Document } from "mongodb";
import { isBuckets } from "../model/document-storage.ts";
import type { Namespace } from "../model/namespace.ts";
import type { KeyRange } from "../ports.ts";
import { decodeKey } from "./exact-bson.ts";

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
