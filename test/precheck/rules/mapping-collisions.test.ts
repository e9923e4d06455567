import { describe, expect, it } from "vitest";
import type { ObjectSelection } from "../../../src/model/migration.ts";
import { mappingCollisions } from "../../../src/precheck/rules/mapping-collisions.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function check(
  objects: readonly ObjectSelection[],
  source: readonly string[],
  destinationDatabases: readonly string[] = [],
): readonly string[] {
  const facts = factsOf(
    source.map((name) => collectionFacts(name)),
    [],
    { destinationDatabases },
  );
  return checkRule(mappingCollisions, sampleMigration(objects), facts);
}

describe("mappingCollisions", () => {
  it("passes names of their own, also swapped ones", () => {
    const collections = [entry("a", { as: "b" }), entry("b", { as: "a" })];
    expect(check([selection("shop", { collections })], ["shop.a", "shop.b"], ["shop"])).toEqual([]);
  });

  it("refuses one name for several objects, from one database or from several", () => {
    const collections = [entry("a", { as: "x" }), entry("b", { as: "x" }), entry("x")];
    expect(check([selection("shop", { collections })], ["shop.a", "shop.b", "shop.x"])).toEqual([
      "failed: shop.a and shop.b and shop.x are mapped to the same name, shop.x",
    ]);
    expect(
      check([selection("eu", { as: "all" }), selection("us", { as: "all" })], ["eu.a", "us.a"]),
    ).toEqual(["failed: eu.a and us.a are mapped to the same name, all.a"]);
  });

  it("lets one object be selected twice under one name", () => {
    expect(check([selection("shop"), selection("sh*")], ["shop.a"])).toEqual([]);
  });

  it("refuses to choose between patterns that meet and ask for different things", () => {
    const entries = [entry("a*", { filter: '{"x":1}' }), entry("*b")];
    expect(check([selection("shop", { collections: entries })], ["shop.ab", "shop.a"])).toEqual([
      'failed: shop.ab is selected more than once with different settings: onExisting refuse and filter {"x":1}; onExisting refuse and no filter',
    ]);
    const kept = selection("sh*", { collections: [entry("ab", { onExisting: "keep" })] });
    expect(check([selection("s*"), kept], ["shop.ab"])).toEqual([
      "failed: shop.ab is selected more than once with different settings: onExisting refuse and no filter; onExisting keep and no filter",
    ]);
    const twice = [entry("ab"), entry("ab", { filter: '{"x":1}' })];
    expect(check([selection("s*", { collections: twice })], ["shop.ab"])).toHaveLength(1);
    const exact = [...entries, entry("ab", { filter: '{"x":2}' })];
    expect(check([selection("shop", { collections: exact })], ["shop.ab"])).toEqual([]);
  });

  it("refuses databases that differ by letter case, also from those that are there", () => {
    expect(check([selection("Shop"), selection("shop")], ["Shop.a", "shop.b"])).toEqual([
      "failed: databases Shop and shop differ by letter case only, which a server refuses",
    ]);
    expect(check([selection("shop", { as: "STORE" })], ["shop.a"], ["Store", "x", "X"])).toEqual([
      "failed: databases STORE and Store differ by letter case only, which a server refuses",
    ]);
  });

  it("warns about collections that differ by letter case", () => {
    expect(check([selection("shop")], ["shop.Orders", "shop.orders"])).toEqual([
      "warning: shop.Orders and shop.orders differ by letter case only",
    ]);
  });
});
