import { describe, expect, it } from "vitest";
import type { CollectionFacts } from "../../../src/model/facts.ts";
import type { ObjectSelection } from "../../../src/model/migration.ts";
import { viewReferences } from "../../../src/precheck/rules/view-references.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  sampleMigration,
  selection,
  viewFacts,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const orders = collectionFacts("shop.orders");
const open = viewFacts("shop.open", "orders");

function check(
  objects: readonly ObjectSelection[],
  source: readonly CollectionFacts[],
): readonly string[] {
  return checkRule(viewReferences, sampleMigration(objects), factsOf(source));
}

function stage(name: string, value: unknown): ReadonlyMap<string, unknown> {
  return new Map([[name, value]]);
}

describe("viewReferences", () => {
  it("passes views that find their data, also in a renamed database or through another view", () => {
    const recent = viewFacts("shop.recent", "open");
    expect(check([selection("shop")], [orders, open, recent])).toEqual([]);
    expect(check([selection("shop", { as: "store" })], [orders, open, recent])).toEqual([]);
    const collections = [entry("orders"), entry("open", { as: "opened" })];
    expect(check([selection("shop", { collections })], [orders, open])).toEqual([]);
  });

  it("refuses a view whose data is renamed", () => {
    const collections = [entry("*"), entry("orders", { as: "orders_v2" })];
    expect(check([selection("shop", { collections })], [orders, open])).toEqual([
      "failed: shop.open reads from orders, which is renamed; this version does not rewrite views",
    ]);
  });

  it("refuses a view whose data goes to another database", () => {
    const objects = [
      selection("shop", { collections: [entry("orders")], as: "archive" }),
      selection("shop", { collections: [entry("open")] }),
    ];
    expect(check(objects, [orders, open])).toEqual([
      "failed: shop.open reads from orders, which is renamed; this version does not rewrite views",
    ]);
  });

  it("refuses a view that would read from what has been given the name", () => {
    const collections = [entry("open"), entry("orders_v2", { as: "orders" })];
    const source = [orders, open, collectionFacts("shop.orders_v2")];
    expect(check([selection("shop", { collections })], source)).toEqual([
      "failed: shop.open reads from orders, a name that shop.orders_v2 gets at the destination",
    ]);
  });

  it("refuses views of collections that swap names", () => {
    const collections = [
      entry("open"),
      entry("orders", { as: "carts" }),
      entry("carts", { as: "orders" }),
    ];
    const source = [orders, open, collectionFacts("shop.carts")];
    expect(check([selection("shop", { collections })], source)).toEqual([
      "failed: shop.open reads from orders, which is renamed; this version does not rewrite views",
    ]);
  });

  it("warns where the data is not selected", () => {
    const objects = [selection("shop", { as: "store", exclude: ["orders"] })];
    expect(check(objects, [orders, open])).toEqual([
      "warning: shop.open reads from orders, which is not selected: the view is empty unless store has it",
    ]);
  });

  it("sees every stage that names a collection, however deep", () => {
    const pipeline = [
      stage(
        "$lookup",
        new Map<string, unknown>([
          ["from", "a"],
          ["pipeline", [stage("$unionWith", "b")]],
        ]),
      ),
      stage("$facet", stage("one", [stage("$graphLookup", stage("from", "c"))])),
      stage(
        "$unionWith",
        new Map<string, unknown>([
          ["coll", "d"],
          ["pipeline", [stage("$lookup", stage("from", "e"))]],
        ]),
      ),
      stage("$match", stage("from", "not a reference")),
    ];
    const view = viewFacts("shop.open", "orders", pipeline);
    const missing = check([selection("shop")], [orders, view]).map(
      (text) => /reads from (\S+),/u.exec(text)?.[1],
    );
    expect(missing).toEqual(["a", "b", "c", "d", "e"]);
  });
});
