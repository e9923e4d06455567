/** Indexes that come with their collection, and are never built by themselves. */
import { asNumber, nestedFields, valueText } from "./exact-document.ts";
import type { CollectionFacts, IndexFacts } from "./facts.ts";

/** Made by each server itself, in its own version and with a key that old releases stored as another type of number. */
export const ID_INDEX = "_id_";

/** What is built, or looked for, at a destination. */
export function desiredIndexes({ indexes }: CollectionFacts): readonly IndexFacts[] {
  return indexes.filter((index) => !isClustered(index));
}

/** What a destination has, as far as it says anything: all that is desired, and what somebody has added. */
export function standingIndexes(
  existing: CollectionFacts,
  desired: readonly IndexFacts[],
): readonly IndexFacts[] {
  const names = new Set(desired.map(({ name }) => name));
  return existing.indexes.filter(
    (index) =>
      !isClustered(index) &&
      (names.has(index.name) || !isAutomatic(index, existing.options.fields)),
  );
}

/** Part of the option `clusteredIndex`, though listed with a name of its own. */
export function isClustered({ spec }: IndexFacts): boolean {
  return spec.fields.get("clustered") === true;
}

/**
 * Servers from 6.3 on give every new time-series collection that has a metaField an index on it and the time. Source:
 * https://www.mongodb.com/docs/manual/core/timeseries/timeseries-secondary-index/
 */
function isAutomatic({ spec }: IndexFacts, options: ReadonlyMap<string, unknown>): boolean {
  const timeSeries = nestedFields(options, "timeseries");
  const expected = [timeSeries.get("metaField"), timeSeries.get("timeField")];
  const key = [...nestedFields(spec.fields, "key")];
  return (
    key.length === expected.length &&
    key.every(([field, order], at) => field === expected[at] && asNumber(order) === 1) &&
    [...spec.fields.keys()].every((name) => PLAIN_FIELDS.has(name)) &&
    (!spec.fields.has("collation") ||
      valueText(spec.fields.get("collation")) === valueText(options.get("collation")))
  );
}

/** It has the collation of its collection. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set(["v", "key", "name", "ns", "collation"]);
