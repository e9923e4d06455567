import { Double, Int32 } from "mongodb";
import { describe, expect, it } from "vitest";
import type { IndexFacts } from "../../../src/model/facts.ts";
import { unsupportedIndexes } from "../../../src/precheck/rules/unsupported-indexes.ts";
import {
  collectionFacts,
  factsOf,
  ID_INDEX,
  indexFacts,
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
  return { name, spec };
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
    [indexFacts("zero", [["a", 0]]), "field a has the type 0"],
    [indexFacts("blank", [["a", ""]]), 'field a has the type ""'],
    [indexFacts("nan", [["a", new Double(Number.NaN)]]), "field a has the type Double(NaN)"],
    [
      indexFacts("second", [
        ["a", 1],
        ["b", true],
      ]),
      "field b has the type true",
    ],
  ])("refuses a type that no current server builds: $0.name", (index, reason) => {
    expect(check(index)).toEqual([
      `failed: shop.orders, index ${index.name}: ${reason}, which no current server builds`,
    ]);
  });

  it("I5 names options that it does not know", () => {
    expect(check(indexFacts("odd", [["a", 1]], ["dropDups", true], ["safe", 1]))).toEqual([
      "failed: shop.orders, index odd: unknown option dropDups, safe",
    ]);
  });

  it("refuses legacy versions, but of the index that every collection is created with", () => {
    expect(check(withVersion("a_1", 1))).toEqual([
      "failed: shop.orders, index a_1: index version 1, which is legacy",
    ]);
    expect(check(withVersion("a_1", new Double(1)))).toHaveLength(1);
    expect(check(withVersion("a_1", new Int32(2)))).toEqual([]);
    expect(check(withVersion("_id_", 1))).toEqual([]);
  });
});
