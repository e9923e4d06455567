import { describe, expect, it } from "vitest";
import type { DriftItem } from "../../src/model/drift.ts";
import type { CollectionFacts, Facts } from "../../src/model/facts.ts";
import type { Migration } from "../../src/model/migration.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import { detectDrift } from "../../src/plan/detect-drift.ts";
import { exact } from "../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ID_INDEX,
  indexFacts,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

const orders = collectionFacts("shop.orders");
const copy = collectionFacts("store.orders");
const view = viewFacts("shop.open", "orders");
const viewCopy = viewFacts("store.open", "orders");
const whole = sampleMigration([selection("shop", { as: "store" })]);
const ownedTargets = [
  ownedTarget(orders, "store.orders", { isComplete: true }),
  ownedTarget(view, "store.open", { isComplete: true }),
];

function drift(
  source: readonly CollectionFacts[],
  destination: readonly CollectionFacts[],
  { migration = whole, ...changes }: Partial<Facts> & { readonly migration?: Migration } = {},
) {
  const facts = factsOf(source, destination, { ownedTargets, ...changes });
  return detectDrift(migration, facts, new Date(0));
}

function outline(items: readonly DriftItem[]): readonly string[] {
  return items.map(({ drift: what, target }) => `${what} ${formatNamespace(target)}`);
}

describe("detectDrift", () => {
  it("finds none where both ends are as the migration left them", () => {
    expect(drift([orders, view], [copy, viewCopy])).toEqual({
      migration: "shop-move",
      source: { connection: "source", version: "6.0.5" },
      destination: { connection: "destination", version: "6.0.5" },
      completedAt: new Date(0),
      comparedCount: 2,
      uncountedCount: 0,
      items: [],
    });
  });

  it("shows options, indexes and counts, the destination's value first", () => {
    const TTL = [["at", 1]] as const;
    const here = collectionFacts("shop.orders", {
      documentCount: 12,
      options: exact(["validationLevel", "off"]),
      indexes: [ID_INDEX, indexFacts("at_1", TTL, ["expireAfterSeconds", 60])],
    });
    const there = collectionFacts("store.orders", {
      indexes: [
        ID_INDEX,
        indexFacts("at_1", TTL, ["expireAfterSeconds", 3600]),
        indexFacts("b_1", [["b", 1]]),
      ],
    });
    const { items } = drift([here, view], [there, viewCopy]);
    expect(items).toMatchObject([
      {
        drift: "changed",
        counts: { source: 12, destination: 10 },
        differences: [{ name: "validationLevel", destination: null, desired: '"off"' }],
        indexes: [
          {
            name: "at_1",
            differences: [{ name: "expireAfterSeconds", destination: "3600", desired: "60" }],
          },
          { name: "b_1", change: "extra" },
        ],
      },
    ]);
  });

  it("sees a view's other definition at either end", () => {
    const other = viewFacts("store.open", "carts");
    expect(outline(drift([orders, view], [copy, other]).items)).toEqual(["changed store.open"]);
    const changed = viewFacts("shop.open", "carts");
    expect(outline(drift([orders, changed], [copy, viewCopy]).items)).toEqual([
      "changed store.open",
    ]);
  });

  it("tells what has come, what has gone, and on which side", () => {
    const extra = collectionFacts("store.extra");
    const fresh = collectionFacts("shop.fresh");
    expect(outline(drift([orders, fresh], [copy, viewCopy, extra]).items)).toEqual([
      "extra store.extra",
      "new store.fresh",
      "gone store.open",
    ]);
    expect(outline(drift([orders, view], [viewCopy]).items)).toEqual(["missing store.orders"]);
  });

  it("knows by the UUID what was dropped and made again", () => {
    const again = { uuid: "another" };
    const there = collectionFacts("store.orders", again);
    expect(outline(drift([orders, view], [there, viewCopy]).items)).toEqual([
      "recreated-at-destination store.orders",
    ]);
    const here = collectionFacts("shop.orders", again);
    expect(outline(drift([here, view], [copy, viewCopy]).items)).toEqual([
      "recreated-at-source store.orders",
    ]);
  });

  it("says what the spec does not select any more, and does not call it gone", () => {
    const migration = sampleMigration([selection("shop", { as: "store", exclude: ["open"] })]);
    expect(outline(drift([orders, view], [copy, viewCopy], { migration }).items)).toEqual([
      "not-selected store.open",
    ]);
  });

  it("takes for extra only what the selection covers, under its name", () => {
    const collections = [entry("orders", { as: "sales" }), entry("cart_*")];
    const migration = sampleMigration([
      selection("shop", { as: "store", collections, exclude: ["cart_tmp"] }),
    ]);
    const found = ["orders", "cart_a", "cart_tmp", "mine"].map((name) =>
      collectionFacts(`store.${name}`),
    );
    const changes = { migration, ownedTargets: [] };
    expect(outline(drift([], found, changes).items)).toEqual(["extra store.cart_a"]);
  });

  it("leaves out what is kept", () => {
    const collections = [entry("orders", { onExisting: "keep" })];
    const migration = sampleMigration([selection("shop", { as: "store", collections })]);
    const changes = { migration, ownedTargets: [] };
    const other = collectionFacts("store.orders", { documentCount: 99 });
    expect(drift([orders], [other], changes).items).toEqual([]);
  });

  it("shows a filter that has changed since, and compares no counts then", () => {
    const copied = '{"a":{"$numberInt":"1"}}';
    const migration = sampleMigration([selection("shop", { as: "store" })]);
    const owned = [ownedTarget(orders, "store.orders", { isComplete: true, filter: copied })];
    const fewer = collectionFacts("store.orders", { documentCount: 3 });
    const found = drift([orders], [fewer], { migration, ownedTargets: owned });
    expect(found.items).toMatchObject([
      {
        drift: "changed",
        counts: null,
        differences: [{ name: "filter", destination: copied, desired: null }],
      },
    ]);
    expect(found.uncountedCount).toBe(1);
  });

  it("does not compare counts of what was filtered, and says of how many", () => {
    const filter = '{"a":{"$numberInt":"1"}}';
    const migration = sampleMigration([
      selection("shop", { as: "store", collections: [entry("orders", { filter })] }),
    ]);
    const owned = [ownedTarget(orders, "store.orders", { isComplete: true, filter })];
    const fewer = collectionFacts("store.orders", { documentCount: 1 });
    const found = drift([orders], [fewer], { migration, ownedTargets: owned });
    expect([found.items, found.uncountedCount]).toEqual([[], 1]);
  });
});
