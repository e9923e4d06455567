/** What the plan says, against two replica sets, and that what runs is what it said. */
import { type Db, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import { type CliFixture, openCliFixture } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";

/** Each test starts the program many times, which takes seconds each on a loaded machine. */
vi.setConfig({ testTimeout: 240_000 });

const WHOLE = ["mode: full", "objects: [{database: shop, as: store, functions: true}]"];

let source: BorrowedSet;
let destination: BorrowedSet;
let from: MongoClient;
let to: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [from, to] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
});

afterAll(async () => {
  await Promise.all([from?.close(), to?.close()]);
});

beforeEach(async () => {
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  const databases = ["shop", "store"].flatMap((name) => [from.db(name), to.db(name)]);
  await Promise.all([...databases, to.db("mongoferry")].map(async (db) => db.dropDatabase()));
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
});

async function run(args: readonly string[], exitCode = 0): Promise<string> {
  const done = await cli.start(args);
  expect(done.exitCode, `${done.stdout}\n${done.stderr}`).toBe(exitCode);
  return done.stdout;
}

/** One of every kind. */
async function fillShop(shop: Db): Promise<void> {
  const orders = shop.collection<{ _id: number }>("orders");
  await orders.insertMany([{ _id: 1 }, { _id: 2 }]);
  await orders.createIndexes([
    { key: { at: 1 }, expireAfterSeconds: 1_000_000 },
    { key: { code: 1 }, unique: true, sparse: true },
    { key: { text: "text" }, weights: { text: 3 } },
    { key: { place: "2dsphere" } },
    { key: { h: "hashed" } },
    { key: { "w.$**": 1 }, hidden: true },
    { key: { p: -1 }, partialFilterExpression: { p: { $gt: 1 } }, collation: { locale: "de" } },
  ]);
  await shop.createCollection("strict", {
    validator: { a: { $type: "int" } },
    validationLevel: "moderate",
    validationAction: "warn",
    collation: { locale: "fr", strength: 2 },
    changeStreamPreAndPostImages: { enabled: true },
  });
  await shop.createCollection("ring", { capped: true, size: 4096, max: 10 });
  await shop.createCollection("readings", { timeseries: { timeField: "at", metaField: "sensor" } });
  await shop.collection("readings").createIndex({ sensor: 1, value: 1 });
  const clusteredIndex = { key: { _id: 1 }, unique: true, name: "by key" };
  await shop.createCollection("clustered", { clusteredIndex });
  await shop.createCollection("lower", { viewOn: "orders", collation: { locale: "de" } });
  await shop.createCollection("an_upper", {
    viewOn: "lower",
    pipeline: [{ $match: { _id: 1 } }],
    collation: { locale: "de" },
  });
  await shop
    .collection<{ _id: string; value: string }>("system.js")
    .insertOne({ _id: "f", value: "function () {}" });
}

const SWAPPED = [
  "mode: full",
  "objects:",
  "  - database: shop",
  "    as: store",
  "    collections:",
  "      - {name: a, as: b, onExisting: refuse}",
  "      - {name: b, as: a, onExisting: refuse}",
  "      - {name: v, onExisting: refuse}",
  "      - {name: z_below, as: below, onExisting: refuse}",
  "  - {database: store, as: shop}",
];

async function is(client: MongoClient, db: string, coll: string): Promise<unknown> {
  return (await client.db(db).collection(coll).findOne())?.is;
}

async function readView(client: MongoClient, db: string): Promise<readonly unknown[]> {
  return client.db(db).collection("v").find().toArray();
}

describe("the plan", () => {
  it("is empty after a full migration of every kind of object, and says what has drifted since", async () => {
    await fillShop(from.db("shop"));
    await cli.writeSpec("shop", WHOLE);
    const early = await cli.start(["plan", "--drift"]);
    expect([early.exitCode, early.stderr]).toEqual([
      1,
      expect.stringContaining("has never run, so nothing can have drifted"),
    ]);
    const first = await run(["plan", "--detailed-exitcode"], 2);
    expect(first).toContain("  + database store\n");
    expect(first).toContain("  + functions store.system.js  from shop.system.js  1 function\n");
    await run(["apply"]);

    const again = await run(["plan", "--detailed-exitcode"]);
    expect(again).toContain("nothing to do, 8 objects copied before");
    expect(again).not.toMatch(/^ +[+±?~-] /mu);
    const none = await run(["plan", "--drift", "--detailed-exitcode"]);
    expect(none).toContain("shop: no drift");
    expect(none).toContain("8 objects compared");

    const store = to.db("store");
    await store.command({
      collMod: "orders",
      index: { name: "at_1", expireAfterSeconds: 2_000_000 },
    });
    await store.collection("orders").dropIndex("h_hashed");
    await store.collection("strict").drop();
    await from
      .db("shop")
      .collection("orders")
      .insertOne({ _id: 3 as never });
    await from.db("shop").createCollection("fresh");
    const text = await run(["plan", "--drift", "--detailed-exitcode"], 2);
    expect(text).toContain("expireAfterSeconds: 2000000 → 1000000");
    expect(text).toContain("documents: 2 → 3 (the servers' own counts)");
    expect(text).toContain('? index h_hashed {"h":"hashed"}  not at the destination');
    expect(text).toContain("~ store.strict  from shop.strict  gone from the destination");
    expect(text).toContain("~ store.fresh  from shop.fresh  not migrated yet");
    const json = JSON.parse(await run(["plan", "--drift", "--output", "json"]));
    expect(json.drift).toMatchObject({ hasDrifted: true, migration: "shop" });
    expect(json.drift.items).toHaveLength(3);
  });

  it("I8 keeps and replaces what the spec names, after showing what stands there", async () => {
    const shop = from.db("shop");
    await Promise.all(
      ["a", "b"].map(async (name) => shop.collection(name).insertOne({ from: "source" })),
    );
    await shop.collection("a").createIndex({ x: 1 });
    await shop.collection("b").createIndex({ x: 1 }, { expireAfterSeconds: 60 });
    await shop.createCollection("v", { viewOn: "a" });
    const store = to.db("store");
    await store.collection("a").insertMany([{ mine: 1 }, { mine: 2 }]);
    await store.collection("a").createIndex({ y: 1 });
    await store.collection("b").insertOne({ old: true });
    await store.collection("b").createIndex({ x: 1 }, { expireAfterSeconds: 3600 });
    await store.createCollection("v", { viewOn: "mine" });
    const before = await readDatabase(to, "store");
    await cli.writeSpec("shop", [
      "mode: full",
      "objects:",
      "  - database: shop",
      "    as: store",
      "    collections:",
      "      - {name: a, onExisting: keep}",
      "      - {name: b, onExisting: replace}",
      "      - {name: v, onExisting: keep}",
    ]);
    const plan = await run(["plan"]);
    expect(plan).toMatch(/Kept at the destination.*\n {2}= store\.a .*2 documents .*2 indexes/u);
    expect(plan).toMatch(/Destroyed at the destination\n {2}- store\.b .*1 document .*2 indexes/u);
    expect(plan).toContain("expireAfterSeconds: 3600 → 60");
    expect(plan).toContain("warn");
    await run(["apply"]);
    const after = await readDatabase(to, "store");
    expect([after.a, after.v]).toEqual([before.a, before.v]);
    expect(after.b).toEqual((await readDatabase(from, "shop")).b);

    // What is kept is no change, and never ours: not to compare, and not to drop.
    const again = await run(["plan", "--detailed-exitcode"]);
    expect(again).toContain("1 object copied before, 2 kept");
    expect(await run(["plan", "--drift", "--detailed-exitcode"])).toContain("no drift");
    const records = await to.db("mongoferry").collection("collections").find().toArray();
    expect(records.map(({ target }) => target)).toEqual(["store.b"]);
  });

  it("swaps names within and across databases, with the views that read from them", async () => {
    const [shop, store] = [from.db("shop"), from.db("store")];
    await shop.collection("a").insertOne({ is: "shop.a" });
    await shop.collection("a").createIndex({ a: 1 });
    await shop.collection("b").insertOne({ is: "shop.b" });
    await store.collection("c").insertOne({ is: "store.c" });
    await store.collection("a").insertOne({ is: "store.a" });
    await shop.createCollection("z_below", { viewOn: "a", collation: { locale: "de" } });
    await shop.createCollection("v", {
      viewOn: "z_below",
      pipeline: [
        { $lookup: { from: "b", as: "found", pipeline: [{ $unionWith: "a" }] } },
        { $facet: { from: [{ $unionWith: { coll: "b", pipeline: [] } }] } },
      ],
      collation: { locale: "de" },
    });
    await cli.writeSpec("shop", SWAPPED);
    await run(["apply"]);
    expect([
      await is(to, "store", "b"),
      await is(to, "store", "a"),
      await is(to, "shop", "c"),
      await is(to, "shop", "a"),
    ]).toEqual(["shop.a", "shop.b", "store.c", "store.a"]);
    expect(await readView(to, "store")).toEqual(await readView(from, "shop"));
    expect(await run(["plan", "--detailed-exitcode"])).toContain("nothing to do");
    expect(await run(["plan", "--drift", "--detailed-exitcode"])).toContain("no drift");

    // The other way round, over its own earlier copies: refused until the spec names them.
    const unswapped = SWAPPED.map((line) => line.replace("a, as: b", "a").replace("b, as: a", "b"));
    await cli.writeSpec("shop", unswapped);
    expect((await run(["plan"], 4)).replaceAll(/\s+/gu, " ")).toContain(
      "store.a exists at the destination (1 document, which this migration has copied from shop.b)",
    );
    const replacing = unswapped.map((line) => line.replace("refuse", "replace"));
    await cli.writeSpec("shop", replacing);
    await run(["apply"]);
    expect([await is(to, "store", "a"), await is(to, "store", "b")]).toEqual(["shop.a", "shop.b"]);
    expect(await readView(to, "store")).toEqual(await readView(from, "shop"));
    expect(await run(["plan", "--detailed-exitcode"])).toContain("nothing to do");
  });
});
