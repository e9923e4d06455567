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

  it("passes a view whose data is renamed in its database: it is rewritten", () => {
    const collections = [entry("*"), entry("orders", { as: "orders_v2" })];
    expect(check([selection("shop", { collections })], [orders, open])).toEqual([]);
    const swapping = [
      entry("open"),
      entry("orders", { as: "carts" }),
      entry("carts", { as: "orders" }),
    ];
    const source = [orders, open, collectionFacts("shop.carts")];
    expect(check([selection("shop", { collections: swapping })], source)).toEqual([]);
  });

  it("refuses a view whose data goes to another database", () => {
    const objects = [
      selection("shop", { collections: [entry("orders")], as: "archive" }),
      selection("shop", { collections: [entry("open")] }),
    ];
    expect(check(objects, [orders, open])).toEqual([
      "failed: shop.open reads from orders, which goes to another database (archive.orders) than the view (shop); views read from their own",
    ]);
  });

  it("refuses a view whose data gets several names in its database", () => {
    const objects = [
      selection("shop", { collections: [entry("open"), entry("orders", { as: "a" })] }),
      selection("shop", { collections: [entry("orders", { as: "b" })] }),
    ];
    expect(check(objects, [orders, open])).toEqual([
      "failed: shop.open reads from orders, which gets several names (a and b), so that it is not clear which one is meant",
    ]);
    // One of them is the name that the view has already.
    const plain = selection("shop", { collections: [entry("orders")] });
    expect(check([...objects, plain], [orders, open])).toEqual([]);
  });

  it("refuses names in places that are not rewritten, but only where they change", () => {
    const pipeline = [stage("$later", [stage("$lookup", stage("from", "orders"))])];
    const view = viewFacts("shop.open", "carts", pipeline);
    const source = [orders, view, collectionFacts("shop.carts")];
    expect(check([selection("shop")], source)).toEqual([]);
    const collections = [entry("*"), entry("orders", { as: "orders_v2" })];
    expect(check([selection("shop", { collections })], source)).toEqual([
      "failed: shop.open may name orders, which is renamed, in a place where it is not rewritten",
    ]);
  });

  it("refuses stages that name a database", () => {
    const from = new Map([
      ["db", "crm"],
      ["coll", "people"],
    ]);
    const lookup = viewFacts("shop.open", "orders", [stage("$lookup", stage("from", from))]);
    expect(check([selection("shop")], [orders, lookup])).toEqual([
      "failed: shop.open has a $lookup of database crm, and stages that name a database are not rewritten",
    ]);
    const union = viewFacts("shop.open", "orders", [stage("$unionWith", from)]);
    expect(check([selection("shop")], [orders, union])).toContain(
      "failed: shop.open has a $unionWith of database crm, and stages that name a database are not rewritten",
    );
  });

  it("leaves a view alone that is kept as it is", () => {
    const collections = [entry("open", { onExisting: "keep" })];
    const facts = factsOf([orders, open], [viewFacts("shop.open", "other")]);
    const migration = sampleMigration([selection("shop", { collections })]);
    expect(checkRule(viewReferences, migration, facts)).toEqual([]);
  });

  it("refuses a view that would read from what has been given the name", () => {
    const collections = [entry("open"), entry("orders_v2", { as: "orders" })];
    const source = [orders, open, collectionFacts("shop.orders_v2")];
    expect(check([selection("shop", { collections })], source)).toEqual([
      "failed: shop.open reads from orders, a name that shop.orders_v2 gets at the destination",
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
