import { Double, Int32 } from "mongodb";
import { describe, expect, it } from "vitest";
import type { IndexFacts } from "../../../src/model/facts.ts";
import { unsupportedIndexes } from "../../../src/precheck/rules/unsupported-indexes.ts";
import {
  collectionFacts,
  factsOf,
  ID_INDEX,
  indexFacts,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { exact } from "../../report/sample-plan.ts";
import { checkRule } from "../check-rule.ts";

function check(index: IndexFacts): readonly string[] {
  const source = collectionFacts("shop.orders", { indexes: [ID_INDEX, index] });
  return checkRule(unsupportedIndexes, sampleMigration([selection("shop")]), factsOf([source]));
}

function withVersion(name: string, version: unknown): IndexFacts {
  const spec = exact(["v", version], ["key", new Map([["_id", 1]])], ["name", name]);
  return { name, spec, isBuilding: false };
}

describe("unsupportedIndexes", () => {
  it.each([
    indexFacts("a_1_b_-1", [
      ["a", 1],
      ["b", new Double(-1)],
    ]),
    indexFacts(
      "text",
      [
        ["_fts", "text"],
        ["_ftsx", 1],
      ],
      ["weights", new Map([["a", 1]])],
      ["default_language", "german"],
      ["textIndexVersion", 3],
    ),
    indexFacts("place", [["place", "2dsphere"]], ["2dsphereIndexVersion", 3]),
    indexFacts("flat", [["place", "2d"]], ["bits", 26], ["min", -180], ["max", 180]),
    indexFacts("hashed", [["h", "hashed"]]),
    indexFacts("all", [["$**", 1]], ["wildcardProjection", new Map([["a", 0]])]),
    indexFacts("ttl", [["at", 1]], ["expireAfterSeconds", 3_600], ["hidden", true]),
    indexFacts("part", [["a", 1]], ["unique", true], ["partialFilterExpression", new Map()]),
  ])("builds $name", (index) => {
    expect(check(index)).toEqual([]);
  });

  it.each([
    [indexFacts("geo", [["p", "geoHaystack"]], ["bits", 26]), `field p has the type "geoHaystack"`],
    [indexFacts("other", [["p", "s2d"]]), 'field p has the type "s2d"'],
  ])("refuses a type that no current server builds: $0.name", (index, reason) => {
    expect(check(index)).toEqual([
      `failed: shop.orders, index ${index.name}: ${reason}, which no current server builds`,
    ]);
  });

  it("I5 names options that it does not know", () => {
    expect(check(indexFacts("odd", [["a", 1]], ["bucket", 1], ["fast", true]))).toEqual([
      "failed: shop.orders, index odd: unknown option bucket, fast",
    ]);
  });

  it.each([
    [Number.NaN, "Double(NaN)"],
    [-1, "Double(-1)"],
    [2_147_483_648, "Double(2147483648)"],
  ])("refuses an expiry of %d, which releases read differently", (seconds, shown) => {
    const index = indexFacts("ttl", [["at", 1]], ["expireAfterSeconds", new Double(seconds)]);
    expect(check(index)).toEqual([
      `failed: shop.orders, index ttl: expireAfterSeconds is ${shown}, which servers take for different things`,
    ]);
  });

  it("waits for what is still being built where changes are followed", () => {
    const building = { ...indexFacts("a_1", [["a", 1]]), isBuilding: true };
    const source = collectionFacts("shop.orders", { indexes: [building] });
    const migration = sampleMigration([selection("shop")], { mode: "full-and-incremental" });
    expect(checkRule(unsupportedIndexes, migration, factsOf([source]))).toEqual([]);
  });

  it("refuses what is still being built at the source", () => {
    expect(check({ ...indexFacts("a_1", [["a", 1]]), isBuilding: true })).toEqual([
      "failed: shop.orders, index a_1: it is being built at the source",
    ]);
  });

  it("warns of what is built in another form", () => {
    const index = indexFacts("old", [["a", 0]], ["unique", 1], ["dropDups", true]);
    expect(check(index)).toEqual([
      "warning: shop.orders, index old is of an old form and is built as unique: 1 becomes true, " +
        "dropDups is left out, which has no meaning any more, a: 0 becomes 1",
    ]);
  });

  it("refuses indexes of which the repair makes one", () => {
    const twins = [
      indexFacts("a_1", [["a", 1]], ["unique", true]),
      indexFacts("a_true", [["a", true]], ["unique", 1], ["dropDups", true]),
      indexFacts("a_0", [["a", new Double(0)]]),
      indexFacts("ordinary", [["_id", ""]]),
    ];
    const source = collectionFacts("shop.orders", { indexes: [ID_INDEX, ...twins] });
    const found = checkRule(
      unsupportedIndexes,
      sampleMigration([selection("shop")]),
      factsOf([source]),
    );
    expect(found.filter((message) => message.startsWith("failed"))).toEqual([
      "failed: shop.orders: the indexes _id_ and ordinary are the same one in the form that the destination takes",
      "failed: shop.orders: the indexes a_1 and a_true are the same one in the form that the destination takes",
    ]);
  });

  it.each([
    ["5.0", false],
    ["6.0", true],
    ["7.0", true],
    ["7.1", false],
  ])("knows what %s makes of a TTL index of a capped collection", (release, isRefused) => {
    const capped = collectionFacts("shop.log", {
      options: exact(["capped", true]),
      indexes: [ID_INDEX, indexFacts("ttl", [["at", 1]], ["expireAfterSeconds", 60])],
    });
    const destination = reachable("destination", { featureCompatibilityVersion: release });
    const facts = factsOf([capped], [], { destination });
    expect(checkRule(unsupportedIndexes, sampleMigration([selection("shop")]), facts)).toEqual(
      isRefused
        ? [
            "failed: shop.log, index ttl: a TTL index of a capped collection, which servers from 5.2 to 7.0 refuse",
          ]
        : [],
    );
  });

  it("builds version 1, and refuses versions that are not known", () => {
    expect(check(withVersion("a_1", 1))).toEqual([]);
    expect(check(withVersion("a_1", 3))).toEqual([
      "failed: shop.orders, index a_1: index version 3, which no current server builds",
    ]);
    expect(check(withVersion("a_1", new Int32(2)))).toEqual([]);
    expect(check(withVersion("_id_", 1))).toEqual([]);
  });
});
