import { describe, expect, it } from "vitest";
import type { CollectionFacts, OwnedTarget } from "../../src/model/facts.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import type { ObjectSelection } from "../../src/model/migration.ts";
import {
  type SelectedObject,
  selectObjects,
  selectedDatabases,
  targetDatabases,
} from "../../src/model/select-objects.ts";
import { exact } from "../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

function select(objects: readonly ObjectSelection[], names: readonly string[]) {
  const found = selectObjects(
    sampleMigration(objects),
    factsOf(names.map((name) => collectionFacts(name))),
  );
  return {
    ...found,
    mapped: found.objects.map(
      ({ source, target }) => `${formatNamespace(source.namespace)} → ${formatNamespace(target)}`,
    ),
    skipped: found.skipped.map(({ namespace }) => formatNamespace(namespace)),
  };
}

describe("selectObjects", () => {
  it("takes all of a database, sorted by target", () => {
    const { mapped } = select([selection("shop")], ["shop.orders", "shop.carts", "other.orders"]);
    expect(mapped).toEqual(["shop.carts → shop.carts", "shop.orders → shop.orders"]);
  });

  it("maps databases and collections to other names", () => {
    const orders = entry("orders", { as: "orders_v2" });
    const { mapped } = select(
      [selection("shop", { as: "store", collections: [orders, entry("cart_*")] })],
      ["shop.orders", "shop.cart_a", "shop.carts"],
    );
    expect(mapped).toEqual(["shop.cart_a → store.cart_a", "shop.orders → store.orders_v2"]);
  });

  it("lets an exact name win over a pattern, wherever it stands", () => {
    const star = entry("*");
    const orders = entry("orders", { as: "renamed", onExisting: "replace" });
    for (const collections of [
      [star, orders],
      [orders, star],
    ]) {
      const { mapped, objects } = select(
        [selection("shop", { collections })],
        ["shop.a", "shop.orders"],
      );
      expect(mapped).toEqual(["shop.a → shop.a", "shop.orders → shop.renamed"]);
      expect(objects.map((object) => object.onExisting)).toEqual(["refuse", "replace"]);
    }
  });

  it("takes the first of several patterns that match, once", () => {
    const { mapped } = select(
      [selection("shop", { collections: [entry("o*"), entry("*s")] })],
      ["shop.orders"],
    );
    expect(mapped).toEqual(["shop.orders → shop.orders"]);
  });

  it("lets two collections swap their names", () => {
    const collections = [entry("a", { as: "b" }), entry("b", { as: "a" })];
    const { mapped } = select([selection("shop", { collections })], ["shop.a", "shop.b"]);
    expect(mapped).toEqual(["shop.b → shop.a", "shop.a → shop.b"]);
  });

  it("lets two databases swap their names", () => {
    const objects = [selection("a", { as: "b" }), selection("b", { as: "a" })];
    const { mapped } = select(objects, ["a.x", "b.y"]);
    expect(mapped).toEqual(["b.y → a.y", "a.x → b.x"]);
  });

  it("leaves databases that are named to those entries, and takes the rest by a pattern", () => {
    const names = ["shop.a", "crm.a", "log.a"];
    const objects = [
      selection("*"),
      selection("shop", { as: "store" }),
      selection("log", { collections: [] }),
    ];
    for (const each of [objects, objects.toReversed()]) {
      const { mapped, unmatched } = select(each, names);
      expect(mapped).toEqual(["crm.a → crm.a", "shop.a → store.a"]);
      expect(unmatched).toEqual([]);
    }
    const all = sampleMigration(objects);
    expect(targetDatabases(all, ["crm", "log", "shop"])).toEqual(["crm", "log", "store"]);
    // A rest of nothing is no mistake, a pattern that means nothing is one.
    expect(select(objects, ["shop.a", "log.a"]).unmatched).toEqual([]);
    expect(select([selection("x*"), selection("shop")], names).unmatched).toEqual(["x*"]);
  });

  it("lets an exclude win over an exact name too, and lists what it left out", () => {
    const collections = [entry("tmp_a"), entry("*")];
    const { mapped, skipped } = select(
      [selection("shop", { collections, exclude: ["tmp_*"] })],
      ["shop.tmp_b", "shop.tmp_a", "shop.orders"],
    );
    expect(mapped).toEqual(["shop.orders → shop.orders"]);
    expect(skipped).toEqual(["shop.tmp_a", "shop.tmp_b"]);
  });

  it("does not list as left out what was not wanted or what another selection takes", () => {
    const { mapped, skipped } = select(
      [
        selection("shop", { collections: [entry("o*")], exclude: ["*"] }),
        selection("shop", { collections: [entry("orders")] }),
        selection("shop", { collections: [entry("o*")], exclude: ["offers"] }),
      ],
      ["shop.orders", "shop.offers", "shop.carts"],
    );
    expect(mapped).toEqual(["shop.orders → shop.orders"]);
    expect(skipped).toEqual(["shop.offers"]);
  });

  it("never means admin, local and config by a pattern", () => {
    const names = ["admin.a", "local.a", "config.a", "shop.a"];
    expect(select([selection("*")], names).mapped).toEqual(["shop.a → shop.a"]);
    expect(select([selection("?????")], names).mapped).toEqual([]);
    expect(select([selection("conf*")], names).unmatched).toEqual(["conf*"]);
    expect(select([selection("config")], names).mapped).toEqual(["config.a → config.a"]);
  });

  it("never takes system collections as plain data", () => {
    const names = ["shop.system.js", "shop.system.buckets.t", "shop.system.views", "shop.systems"];
    const all = select([selection("shop")], names);
    expect(all.mapped).toEqual(["shop.system.js → shop.system.js", "shop.systems → shop.systems"]);
    expect(all.skipped).toEqual([]);
    const collections = [entry("system.js"), entry("system.*")];
    expect(select([selection("shop", { collections })], names).mapped).toEqual([]);
  });

  it("never takes what `$out` and `mapReduce` are just filling, whatever its name", () => {
    const temporary = collectionFacts("shop.tmp.agg_out.1", { options: exact(["temp", true]) });
    const facts = factsOf([temporary, collectionFacts("shop.tmp.agg_out.2")]);
    const { objects, skipped } = selectObjects(sampleMigration([selection("shop")]), facts);
    expect(objects.map(({ source }) => source.namespace.coll)).toEqual(["tmp.agg_out.2"]);
    expect(skipped).toEqual([]);
  });

  it("takes stored functions by themselves, with a database, or not at all", () => {
    const names = ["shop.orders", "shop.system.js"];
    const mapped = (changes: Parameters<typeof selection>[1]) =>
      select([selection("shop", { as: "store", ...changes })], names).mapped;
    expect(mapped({ collections: [], functions: true })).toEqual([
      "shop.system.js → store.system.js",
    ]);
    expect(mapped({})).toContain("shop.system.js → store.system.js");
    expect(mapped({ functions: false })).toEqual(["shop.orders → store.orders"]);
    expect(mapped({ exclude: ["system.*"] })).toEqual(["shop.orders → store.orders"]);
  });

  it("takes escaped characters literally", () => {
    const collections = [entry(String.raw`a\*`, { as: "star" })];
    const { mapped } = select([selection("shop", { collections })], ["shop.a*", "shop.ab"]);
    expect(mapped).toEqual(["shop.a* → shop.star"]);
  });

  it("names what matches nothing", () => {
    const { unmatched } = select(
      [
        selection("gone", { collections: [entry("a"), entry("b")] }),
        selection("shop", { collections: [entry("orders"), entry("Orders"), entry("cart_*")] }),
        selection("shop", { collections: [entry("orders")], exclude: ["orders"] }),
      ],
      ["shop.orders"],
    );
    expect(unmatched).toEqual(["gone", "shop.Orders", "shop.cart_*"]);
  });

  it("keeps both where two sources get one name, for the precheck to refuse", () => {
    const { mapped } = select(
      [selection("a", { as: "c" }), selection("b", { as: "c" }), selection("a", { as: "c" })],
      ["a.x", "b.x"],
    );
    expect(mapped.toSorted()).toEqual(["a.x → c.x", "b.x → c.x"]);
  });
});

describe("selectObjects, what stands at the target", () => {
  const source = collectionFacts("shop.orders");
  const target = collectionFacts("store.orders");

  function selectOne(
    standing: readonly CollectionFacts[],
    record: OwnedTarget,
    from: CollectionFacts = source,
  ): SelectedObject {
    const facts = factsOf([from], standing, { ownedTargets: [record] });
    const { objects } = selectObjects(sampleMigration([selection("shop", { as: "store" })]), facts);
    const [object] = objects;
    if (object === undefined || objects.length > 1) throw new Error("not one object");
    return object;
  }

  it("knows its own collection by both UUIDs", () => {
    const record = ownedTarget(source, "store.orders");
    expect(selectOne([target], record)).toMatchObject({ existing: target, owned: record });
  });

  it.each([
    ["the target was recreated", { targetUuid: "another" }],
    ["the source was recreated", { sourceUuid: "another" }],
    ["it came from another source", { source: { db: "shop", coll: "carts" } }],
  ])("does not take it for its own when %s", (_, changes) => {
    const record = ownedTarget(source, "store.orders", changes);
    expect(selectOne([target], record)).toMatchObject({ existing: target, owned: null, record });
  });

  it("owns nothing where nothing stands, but still knows its record", () => {
    const record = ownedTarget(source, "store.orders");
    expect(selectOne([], record)).toMatchObject({ existing: null, owned: null, record });
  });

  it("takes an empty collection for its own while a creation may not have come to its end", () => {
    const record = ownedTarget(source, "store.orders", { targetUuid: null });
    const empty = collectionFacts("store.orders", { documentCount: 0 });
    expect(selectOne([empty], record).owned).toBe(record);
    expect(selectOne([target], record).owned).toBeNull();
  });

  it("never takes a view for the collection that it was about to create", () => {
    const record = ownedTarget(source, "store.orders", { targetUuid: null });
    expect(selectOne([viewFacts("store.orders", "carts")], record).owned).toBeNull();
  });

  it("knows its own view by its definition", () => {
    const view = viewFacts("shop.orders", "raw");
    const record = ownedTarget(view, "store.orders");
    expect(selectOne([viewFacts("store.orders", "raw")], record, view).owned).toBe(record);
    expect(selectOne([viewFacts("store.orders", "other")], record, view).owned).toBeNull();
  });
});

describe("selectedDatabases and targetDatabases", () => {
  const migration = sampleMigration([
    selection("shop_*"),
    selection("shop_a"),
    selection("crm", { as: "sales" }),
    selection("gone", { as: "kept" }),
  ]);
  const databases = ["admin", "crm", "shop_b", "shop_a"];

  it("reads what matches, each once", () => {
    expect(selectedDatabases(migration, databases)).toEqual(["crm", "shop_a", "shop_b"]);
  });

  it("writes to the new names, known before anything is read", () => {
    expect(targetDatabases(migration, databases)).toEqual(["kept", "sales", "shop_a", "shop_b"]);
    expect(targetDatabases(migration, [])).toEqual(["kept", "sales", "shop_a"]);
  });

  it("never means admin, local and config by a pattern", () => {
    const all = sampleMigration([selection("*")]);
    const found = ["admin", "config", "local", "shop"];
    expect(selectedDatabases(all, found)).toEqual(["shop"]);
    expect(targetDatabases(all, found)).toEqual(["shop"]);
  });
});
