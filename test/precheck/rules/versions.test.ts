import { describe, expect, it } from "vitest";
import { versions } from "../../../src/precheck/rules/versions.ts";
import type { CollectionFacts } from "../../../src/model/facts.ts";
import { exact } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  type Entry,
  factsOf,
  ID_INDEX,
  indexFacts,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function check(
  [source, sourceFcv = null]: readonly [string, (string | null)?],
  [destination, destinationFcv = null]: readonly [string, (string | null)?],
): readonly string[] {
  const facts = factsOf([], [], {
    source: reachable("a", { version: source, featureCompatibilityVersion: sourceFcv }),
    destination: reachable("b", {
      version: destination,
      featureCompatibilityVersion: destinationFcv,
    }),
  });
  return checkRule(versions, sampleMigration([]), facts);
}

/** Migrates one collection to a destination of the given release. */
function checkFeature(
  changes: Partial<CollectionFacts>,
  destination: string,
  featureCompatibilityVersion: string | null = destination,
): readonly string[] {
  const facts = factsOf([collectionFacts("shop.orders", changes)], [], {
    source: reachable("a", { version: "4.4.0", featureCompatibilityVersion: "4.4" }),
    destination: reachable("b", { version: `${destination}.3`, featureCompatibilityVersion }),
  });
  return checkRule(versions, sampleMigration([selection("shop")]), facts);
}

const timeseries = {
  kind: "timeseries",
  options: exact([
    "timeseries",
    new Map([
      ["timeField", "at"],
      ["metaField", "m"],
    ]),
  ]),
  indexes: [],
} as const;

function seriesWith(key: string, ...options: readonly Entry[]): Partial<CollectionFacts> {
  return { ...timeseries, indexes: [indexFacts("tested", [[key, 1]], ...options)] };
}

function partialIndex(...filter: readonly Entry[]): Partial<CollectionFacts> {
  const option: Entry = ["partialFilterExpression", new Map(filter)];
  return { indexes: [ID_INDEX, indexFacts("tested", [["a", 1]], option)] };
}

const FILTERS_SINCE_60 = "partial indexes with $or, $in, $geoWithin, $geoIntersects or nested $and";
const IS_ONE: Entry = ["a", 1];
const one = new Map([IS_ONE]);
const range = new Map([
  ["$gt", 1],
  ["$lt", 5],
]);

function older(destination: string, source: string): readonly string[] {
  return [
    `warning: the destination runs ${destination}, older than the source's ${source}: options that came later are refused when collections are created`,
  ];
}

describe("versions", () => {
  it.each([
    ["6.0.5", "6.0.5"],
    ["6.0.27", "6.0.5"],
    ["5.0.4", "6.0.5"],
    ["4.4.2", "8.2.1"],
    ["7.0.0", "7.1.0"],
  ])("passes %s → %s", (source, destination) => {
    expect(check([source], [destination])).toEqual([]);
  });

  it.each([
    ["6.0.5", "5.0.4"],
    ["8.2.0", "8.0.4"],
    ["7.3.0", "7.0.14"],
  ])("warns of %s → %s", (source, destination) => {
    expect(check([source], [destination])).toEqual(older(destination, source));
  });

  it("goes by what a server is compatible with, where that is known", () => {
    expect(check(["6.0.5", "5.0"], ["5.0.4", "5.0"])).toEqual([]);
    expect(check(["6.0.5", "6.0"], ["6.0.5", "5.0"])).toEqual(
      older("6.0.5 (feature compatibility 5.0)", "6.0.5"),
    );
  });

  it("refuses what the driver does not talk to, and warns of what is newer than this program", () => {
    expect(check(["4.2.24"], ["6.0.5"])).toEqual([
      "failed: a runs 4.2.24; the oldest release that the driver talks to is 4.4",
    ]);
    expect(check(["3.6.1"], ["6.0.5"])).toHaveLength(1);
    expect(check(["8.0.1"], ["9.0.0"])).toEqual([
      "warning: b runs 9.0.0, a release that this version of mongoferry does not know",
    ]);
  });

  it.each<[string, Partial<CollectionFacts>, string, string]>([
    ["time-series collections", timeseries, "4.4", "5.0"],
    ["clustered collections", { options: exact(["clusteredIndex", true]) }, "5.0", "5.3"],
    [
      "pre- and post-images of changes",
      { options: exact(["changeStreamPreAndPostImages", new Map([["enabled", true]])]) },
      "5.0",
      "6.0",
    ],
    [
      "indexes of one key that differ in filter, projection, sparse or unique",
      {
        indexes: [
          ID_INDEX,
          indexFacts("a", [["a", 1]]),
          indexFacts("b", [["a", true]], ["sparse", true]),
        ],
      },
      "4.4",
      "5.0",
    ],
    [
      "indexes prepared to become unique",
      { indexes: [ID_INDEX, indexFacts("a", [["a", 1]], ["prepareUnique", true])] },
      "5.0",
      "6.0",
    ],
    ["indexes on measurements of time-series collections", seriesWith("heat"), "5.0", "6.0"],
    [
      "partial indexes of time-series collections",
      seriesWith("m.x", ["partialFilterExpression", one]),
      "5.0",
      "6.0",
    ],
    [
      "TTL indexes of time-series collections",
      seriesWith("at", ["expireAfterSeconds", 60]),
      "6.0",
      "6.3",
    ],
    [
      "time-series buckets of a span of one's own",
      { options: exact(["timeseries", new Map([["bucketRoundingSeconds", 60]])]) },
      "6.0",
      "6.3",
    ],
    [
      "compound wildcard indexes",
      {
        indexes: [
          ID_INDEX,
          indexFacts("a_w", [
            ["a", 1],
            ["b.$**", 1],
          ]),
        ],
      },
      "6.0",
      "7.0",
    ],
  ])("refuses %s on releases without them", (name, changes, without, since) => {
    expect(checkFeature(changes, without)).toEqual([
      `failed: b runs ${without}.3, which has no ${name} (${since} and later); used by shop.orders`,
    ]);
    expect(checkFeature(changes, since)).toEqual([]);
  });

  it.each<[string, Partial<CollectionFacts>]>([
    ["hidden indexes", { indexes: [ID_INDEX, indexFacts("a_1", [["a", 1]], ["hidden", true])] }],
    [
      "compound hashed indexes",
      {
        indexes: [
          ID_INDEX,
          indexFacts("a_h", [
            ["a", 1],
            ["b", "hashed"],
          ]),
        ],
      },
    ],
  ])("refuses %s on a server held back to 4.2", (name, changes) => {
    expect(checkFeature(changes, "4.4", "4.2")).toContain(
      `failed: b runs 4.4.3 (feature compatibility 4.2), which has no ${name} (4.4 and later); used by shop.orders`,
    );
    expect(checkFeature(changes, "4.4")).toEqual([]);
  });

  it.each<[string, Partial<CollectionFacts>]>([
    ["$or", partialIndex(["$or", [one]])],
    ["$in", partialIndex(["a", new Map([["$in", [1]]])])],
    ["$geoWithin", partialIndex(["a", new Map([["$geoWithin", new Map()]])])],
    ["$geoIntersects", partialIndex(["a", new Map([["$geoIntersects", new Map()]])])],
    ["$and in $and", partialIndex(["$and", [new Map([["$and", [one]]])]])],
    ["$and beside a field", partialIndex(IS_ONE, ["$and", [one]])],
    ["a range in $and", partialIndex(["$and", [new Map([["a", range]]), one]])],
    ["two fields in $and", partialIndex(["$and", [new Map([IS_ONE, ["b", 1]]), one]])],
    ["$in in $and", partialIndex(["$and", [new Map([["a", new Map([["$in", [1]]])]])]])],
  ])("knows that partial indexes with %s came with 6.0", (_, changes) => {
    expect(checkFeature(changes, "5.0")).toEqual([
      `failed: b runs 5.0.3, which has no ${FILTERS_SINCE_60} (6.0 and later); used by shop.orders`,
    ]);
    expect(checkFeature(changes, "6.0")).toEqual([]);
  });

  it.each<[string, Partial<CollectionFacts>]>([
    ["fields and ranges", partialIndex(["a", range], ["b", range], ["$comment", "x"])],
    ["an $and of single comparisons", partialIndex(["$and", [one, new Map([["b", one]])]])],
    ["a document that is equal", partialIndex(["a", one])],
    ["no condition", partialIndex()],
    ["indexes on time and metadata", seriesWith("m.x")],
  ])("takes %s for what every release has", (_, changes) => {
    expect(checkFeature(changes, "5.0")).toEqual([]);
  });

  it("takes plain, hashed, wildcard and shown indexes for what every release has", () => {
    const indexes = [
      ID_INDEX,
      indexFacts("a_1", [["a", 1]], ["hidden", false]),
      indexFacts("b_h", [["b", "hashed"]]),
      indexFacts("w", [["$**", 1]]),
    ];
    expect(checkFeature({ indexes }, "4.4")).toEqual([]);
  });

  it("goes by the feature compatibility version before the release", () => {
    expect(checkFeature(timeseries, "5.0", "4.4")).toEqual([
      "failed: b runs 5.0.3 (feature compatibility 4.4), which has no time-series collections (5.0 and later); used by shop.orders",
    ]);
  });

  it("says what hangs on a feature compatibility version that is not known", () => {
    expect(checkFeature(timeseries, "5.0", null)).toEqual([
      "warning: could not be decided: the account may not read the feature compatibility version of b; time-series collections need 5.0; used by shop.orders",
    ]);
    expect(checkFeature(timeseries, "6.0", null)).toEqual([]);
    expect(checkFeature({}, "5.0", null)).toEqual([]);
  });

  it("names a few of many", () => {
    const many = Array.from({ length: 7 }, (_, index) =>
      collectionFacts(`shop.c${index}`, timeseries),
    );
    const facts = factsOf(many, [], {
      source: reachable("a", { version: "4.4.0", featureCompatibilityVersion: "4.4" }),
      destination: reachable("b", { version: "4.4.0", featureCompatibilityVersion: "4.4" }),
    });
    const [found] = checkRule(versions, sampleMigration([selection("shop")]), facts);
    expect(found).toContain("shop.c3, shop.c4 and 2 more");
  });
});
