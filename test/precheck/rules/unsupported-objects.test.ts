import { describe, expect, it } from "vitest";
import type { CollectionFacts } from "../../../src/model/facts.ts";
import { unsupportedObjects } from "../../../src/precheck/rules/unsupported-objects.ts";
import {
  collectionFacts,
  type Entry,
  factsOf,
  indexFacts,
  sampleMigration,
  selection,
  viewFacts,
} from "../../support/sample-facts.ts";
import { exact } from "../../report/sample-plan.ts";
import { checkRule } from "../check-rule.ts";

function check(...source: readonly CollectionFacts[]): readonly string[] {
  return checkRule(unsupportedObjects, sampleMigration([selection("shop")]), factsOf(source));
}

function withOptions(...options: readonly Entry[]): CollectionFacts {
  return collectionFacts("shop.orders", { options: exact(...options) });
}

describe("unsupportedObjects", () => {
  it("passes plain collections and views, with options that are copied", () => {
    const collation = ["collation", new Map([["locale", "de"]])] as const;
    const optioned = withOptions(
      collation,
      ["validator", new Map()],
      ["validationLevel", "strict"],
      ["validationAction", "warn"],
      ["changeStreamPreAndPostImages", new Map([["enabled", true]])],
    );
    expect(check(optioned, viewFacts("shop.open", "orders"))).toEqual([]);
  });

  it("takes capped, clustered and time-series collections", () => {
    const timeseries = exact(["timeseries", new Map([["timeField", "at"]])]);
    const weather = { kind: "timeseries", indexes: [], options: timeseries } as const;
    expect(
      check(
        withOptions(["capped", true], ["size", 4_096], ["max", 10]),
        withOptions(["clusteredIndex", new Map()], ["expireAfterSeconds", 60]),
        collectionFacts("shop.weather", weather),
      ),
    ).toEqual([]);
  });

  it("I5 names options that it does not know, of views too", () => {
    expect(check(withOptions(["flags", 1], ["recordPreImages", true]))).toEqual([
      "failed: shop.orders: the option flags, recordPreImages is not migrated by this version",
    ]);
    const view = viewFacts("shop.open", "orders");
    const options = exact(["viewOn", "orders"], ["timeseries", new Map()]);
    expect(check({ ...view, options })).toHaveLength(1);
  });

  it("wants the index that it reads by", () => {
    const reason = "the collection has no index on _id, by which it would be read";
    const indexes = [
      [],
      [
        indexFacts("_id_1_a_1", [
          ["_id", 1],
          ["a", 1],
        ]),
      ],
      [indexFacts("_id_hashed", [["_id", "hashed"]])],
    ];
    for (const wrong of indexes) {
      expect(check(collectionFacts("shop.orders", { indexes: wrong }))).toEqual([
        `failed: shop.orders: ${reason}`,
      ]);
    }
  });

  it("asks only about what is selected", () => {
    const capped = withOptions(["flags", 1]);
    const migration = sampleMigration([selection("shop", { exclude: ["orders"] })]);
    expect(checkRule(unsupportedObjects, migration, factsOf([capped]))).toEqual([]);
  });

  it("takes stored functions", () => {
    expect(check(collectionFacts("shop.system.js"))).toEqual([]);
  });
});
