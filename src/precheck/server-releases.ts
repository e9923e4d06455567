/** The releases of MongoDB, and what each brought that others before it refuse. docs/versions.md shows the same; a test compares. */
import { nestedFields } from "../model/exact-document.ts";
import type { CollectionFacts, IndexFacts } from "../model/facts.ts";

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
  { name: "time-series collections", since: "5.0", isUsedBy: hasOption("timeseries") },
  { name: "clustered collections", since: "5.3", isUsedBy: hasOption("clusteredIndex") },
  {
    name: "pre- and post-images of changes",
    since: "6.0",
    isUsedBy: hasOption("changeStreamPreAndPostImages"),
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

/** Compares `major.minor`; patch releases are compatible. */
export function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

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

function keyOf(spec: IndexFacts["spec"]): ReadonlyMap<string, unknown> {
  return nestedFields(spec.fields, "key");
}
