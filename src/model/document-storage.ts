/** Where and how the documents of a collection are kept, which decides how they are read and written. */
import type { ExactDocument } from "./exact-document.ts";
import type { Namespace } from "./namespace.ts";

/** Prefix of the collections behind time-series collections. */
const BUCKETS = "system.buckets.";

export function bucketsOf({ db, coll }: Namespace): Namespace {
  return { db, coll: `${BUCKETS}${coll}` };
}

export function isBuckets({ coll }: Namespace): boolean {
  return coll.startsWith(BUCKETS);
}

/** A time-series collection is a view on its buckets: those are its documents, byte for byte. */
export function storageOf(namespace: Namespace, options: ExactDocument): Namespace {
  return isTimeSeries(options) ? bucketsOf(namespace) : namespace;
}

/** Of a capped collection the order of insertion is a part, and decides what it forgets first. */
export function isCapped({ fields }: ExactDocument): boolean {
  return fields.get("capped") === true;
}

/** Whether one worker copies all of it. */
export function isUndivided(options: ExactDocument): boolean {
  return isCapped(options) || isTimeSeries(options);
}

function isTimeSeries({ fields }: ExactDocument): boolean {
  return fields.has("timeseries");
}
