/** The releases of MongoDB, and what each brought that others before it refuse. docs/versions.md shows the same; a test compares. */
import { compareReleases } from "../model/release.ts";
import { nestedFields } from "../model/exact-document.ts";
import type { CollectionFacts, IndexFacts } from "../model/facts.ts";
import { keyIdentity } from "../model/index-identity.ts";

export interface ServerRelease {
  /** `major.minor`. */
  readonly release: string;
  /** The day on which MongoDB ends or ended its support. */
  readonly endOfLife: string;
  /** `refused`: the driver talks to none so old. `tested`: in the version matrix. `accepted`: known, but not tried here. */
  readonly standing: "refused" | "tested" | "accepted";
}

/** Oldest first. Rapid releases (5.1, 6.3, …), which Atlas may run, are between. */
export const SERVER_RELEASES: readonly ServerRelease[] = [
  { release: "4.2", endOfLife: "2023-04-30", standing: "refused" },
  { release: "4.4", endOfLife: "2024-02-29", standing: "tested" },
  { release: "5.0", endOfLife: "2024-10-31", standing: "tested" },
  { release: "6.0", endOfLife: "2025-07-31", standing: "tested" },
  { release: "7.0", endOfLife: "2027-08-31", standing: "accepted" },
  { release: "8.0", endOfLife: "2029-10-31", standing: "accepted" },
];

/** Something a collection may have that a destination of an older release refuses. */
export interface ServerFeature {
  readonly name: string;
  /** The release, and feature compatibility version, from which servers take it. */
  readonly since: string;
  isUsedBy(collection: CollectionFacts): boolean;
}

export const SERVER_FEATURES: readonly ServerFeature[] = [
  {
    name: "hidden indexes",
    since: "4.4",
    isUsedBy: hasIndex(({ fields }) => fields.get("hidden") === true),
  },
  {
    name: "compound hashed indexes",
    since: "4.4",
    isUsedBy: hasIndex((spec) => {
      const key = keyOf(spec);
      return key.size > 1 && [...key.values()].includes("hashed");
    }),
  },
  {
    name: "indexes of one key that differ in filter, projection, sparse or unique",
    since: "5.0",
    isUsedBy: ({ indexes }) =>
      new Set(indexes.map(({ spec }) => keyIdentity(spec))).size < indexes.length,
  },
  { name: "time-series collections", since: "5.0", isUsedBy: hasOption("timeseries") },
  { name: "clustered collections", since: "5.3", isUsedBy: hasOption("clusteredIndex") },
  {
    name: "pre- and post-images of changes",
    since: "6.0",
    isUsedBy: hasOption("changeStreamPreAndPostImages"),
  },
  {
    name: "indexes prepared to become unique",
    since: "6.0",
    isUsedBy: hasIndex(({ fields }) => fields.get("prepareUnique") === true),
  },
  {
    name: "partial indexes with $or, $in, $geoWithin, $geoIntersects or nested $and",
    since: "6.0",
    isUsedBy: hasIndex(({ fields }) =>
      isFilterSince60(nestedFields(fields, "partialFilterExpression")),
    ),
  },
  {
    name: "indexes on measurements of time-series collections",
    since: "6.0",
    isUsedBy: hasIndexOnMeasurement,
  },
  {
    name: "partial indexes of time-series collections",
    since: "6.0",
    isUsedBy: isTimeSeriesWithIndex(({ fields }) => fields.has("partialFilterExpression")),
  },
  {
    name: "TTL indexes of time-series collections",
    since: "6.3",
    isUsedBy: isTimeSeriesWithIndex(({ fields }) => fields.has("expireAfterSeconds")),
  },
  {
    name: "time-series buckets of a span of one's own",
    since: "6.3",
    isUsedBy: ({ options }) =>
      nestedFields(options.fields, "timeseries").has("bucketRoundingSeconds"),
  },
  {
    name: "compound wildcard indexes",
    since: "7.0",
    isUsedBy: hasIndex((spec) => {
      const fields = [...keyOf(spec).keys()];
      return fields.length > 1 && fields.some((field) => /(^|\.)\$\*\*$/.test(field));
    }),
  },
];

/** The table's row for a version: the newest release that is not newer. Null below the first. */
export function releaseRow(version: string): ServerRelease | null {
  return SERVER_RELEASES.findLast(({ release }) => compareReleases(release, version) <= 0) ?? null;
}

function hasOption(name: string): (collection: CollectionFacts) => boolean {
  return ({ options }) => options.fields.has(name);
}

function hasIndex(
  isMeant: (spec: IndexFacts["spec"]) => boolean,
): (collection: CollectionFacts) => boolean {
  return ({ indexes }) => indexes.some(({ spec }) => isMeant(spec));
}

function isTimeSeriesWithIndex(
  isMeant: (spec: IndexFacts["spec"]) => boolean,
): (collection: CollectionFacts) => boolean {
  const isOneMeant = hasIndex(isMeant);
  return (collection) => collection.kind === "timeseries" && isOneMeant(collection);
}

function hasIndexOnMeasurement({ kind, options, indexes }: CollectionFacts): boolean {
  const timeseries = nestedFields(options.fields, "timeseries");
  const others = new Set([timeseries.get("timeField"), timeseries.get("metaField")]);
  const isMeasurement = (field: string): boolean => !others.has(field.split(".")[0]);
  return (
    kind === "timeseries" && indexes.some(({ spec }) => [...keyOf(spec).keys()].some(isMeasurement))
  );
}

const OPERATORS_SINCE_60 = new Set(["$or", "$in", "$geoWithin", "$within", "$geoIntersects"]);

/** Before, a filter is comparisons of fields, or an `$and` of single ones and nothing else (tried on 4.4.2 and 5.0.4). */
function isFilterSince60(filter: ReadonlyMap<string, unknown>): boolean {
  const operators = operatorsOf(filter);
  if (operators.some((name) => OPERATORS_SINCE_60.has(name))) return true;
  const parts: unknown = filter.get("$and");
  if (!Array.isArray(parts)) return false;
  const isSingle = (part: ReadonlyMap<string, unknown>): boolean =>
    operatorsOf(part).length === 1 && !part.has("$and") && !isFilterSince60(part);
  return operators.length > 1 || !parts.every(isSingle);
}

/** Each comparison by its operator: those of a field, and those that stand in place of one. */
function operatorsOf(filter: ReadonlyMap<string, unknown>): string[] {
  return [...filter].flatMap(([name, value]) => {
    if (name === "$comment") return [];
    if (name.startsWith("$")) return [name];
    const inner = value instanceof Map ? [...(value as ReadonlyMap<string, unknown>).keys()] : [];
    return inner[0]?.startsWith("$") === true ? inner : ["$eq"];
  });
}

function keyOf(spec: IndexFacts["spec"]): ReadonlyMap<string, unknown> {
  return nestedFields(spec.fields, "key");
}
