/** Comparing at rest: going on after a kill, samples, filters, collations, mixed keys, what is shown, and what is not. */
import {
  Binary,
  type Db,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  MongoClient,
  ObjectId,
  Timestamp,
} from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import type { VerificationJson } from "../../../src/report/verification-json.ts";
import { type CliFixture, openCliFixture } from "../../support/cli-fixture.ts";
import { readDatabase } from "../../support/compare-databases.ts";

let source: BorrowedSet;
let destination: BorrowedSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;
let shop: Db;
let store: Db;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  shop = sourceClient.db("shop");
  store = destinationClient.db("store");
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
});

beforeEach(async () => {
  await shop.dropDatabase();
  await store.dropDatabase();
  await destinationClient.db("mongoferry").dropDatabase();
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
});

async function migrate(...lines: readonly string[]): Promise<void> {
  await cli.writeSpec("m", ["mode: full", ...lines]);
  const run = await cli.start(["apply"]);
  if (run.exitCode !== 0) throw new Error(`${run.stdout}${run.stderr}`);
}

async function verify(...args: readonly string[]): Promise<VerificationJson> {
  const run = await cli.start(["verify", "--output", "json", ...args]);
  if (run.stdout === "") throw new Error(String(run.stderr));
  return (JSON.parse(String(run.stdout)) as { verification: VerificationJson }).verification;
}

const WHOLE = "objects: [{database: shop, as: store}]";

/** Keys of one type each, in the server's order. */
const ORDERED_KEYS: readonly ((n: number) => unknown)[] = [
  (n) => new Int32(n - 5_000),
  (n) => Decimal128.fromString(`${n}.25`),
  (n) => new Double(1e15 + n / 2 + 0.25),
  (n) => Long.fromString(String(9_007_199_254_740_993n * 100n + BigInt(n))),
  (n) => `key ${String(n).padStart(5, "0")}`,
  (n) => ({ part: new Int32(n), of: "x" }),
  (n) => new Binary(Buffer.from([n >> 8, n & 255])),
  (n) => new ObjectId(n.toString(16).padStart(24, "0")),
  (n) => new Date(n * 1_000 - 500_000),
  (n) => new Timestamp({ t: 1_000 + n, i: 1 }),
];

function documentOf(key: unknown): { _id: never; n: Int32; text: string } {
  return { _id: key as never, n: new Int32(1), text: "x".repeat(14_000) };
}

/** Large enough for several ranges. */
async function fillLarge(): Promise<number> {
  const text = "x".repeat(4_000);
  for (let from = 0; from < 40_000; from += 4_000) {
    const documents = Array.from({ length: 4_000 }, (_, n) => ({ _id: from + n, text }));
    await shop.collection("large").insertMany(documents as never[]);
  }
  return 40_000;
}

describe("R19 verify at rest", { timeout: 120_000 }, () => {
  it("R18 goes on behind the ranges that a killed process has finished", async () => {
    const count = await fillLarge();
    await migrate(WHOLE, "limits: {workers: 1}");
    await store.collection("large").deleteMany({ _id: { $in: [5, count - 5] as never[] } });
    const failPoint = { configureFailPoint: "failCommand" };
    await destinationClient.db("admin").command({
      ...failPoint,
      mode: "alwaysOn",
      data: {
        failCommands: ["find"],
        namespace: "store.large",
        blockConnection: true,
        blockTimeMS: 40,
      },
    });
    const first = cli.start(["verify", "--output", "json"]);
    const ranges = destinationClient.db("mongoferry").collection("compared_ranges");
    while ((await ranges.countDocuments({ outcome: { $ne: null } })) === 0) await sleep(10);
    first.kill("SIGKILL");
    await first;
    await destinationClient.db("admin").command({ ...failPoint, mode: "off" });
    const done = await ranges.countDocuments({ outcome: { $ne: null } });
    expect(done).toBeGreaterThan(0);
    expect(await ranges.countDocuments()).toBeGreaterThan(done);
    // Had it read them once more, it would have found this.
    await store.collection("large").deleteOne({ _id: 6 as never });
    const resumed = await verify("--resume");
    expect(resumed.totals).toMatchObject({ missingDocuments: 2, sourceDocuments: count });
    expect((await verify()).totals).toMatchObject({ missingDocuments: 3 });
    expect(await ranges.countDocuments()).toBe(0);
    const nothing = await cli.start(["verify", "--resume"]);
    expect([nothing.exitCode, String(nothing.stderr)]).toEqual([
      1,
      expect.stringContaining("there is no interrupted comparison"),
    ]);
  });

  it("stays in step where one side lacks many keys in a row, and lists up to the limit", async () => {
    const documents = Array.from({ length: 30_000 }, (_, n) => ({ _id: n, n }));
    await shop.collection("orders").insertMany(documents as never[]);
    await migrate(WHOLE);
    await store.collection("orders").deleteMany({ _id: { $gte: 1_000, $lt: 21_000 } as never });
    await store
      .collection("orders")
      .insertMany(Array.from({ length: 5_000 }, (_, n) => ({ _id: `more ${n}` })) as never[]);
    const { totals, results } = await verify("--limit", "7");
    expect(totals).toMatchObject({
      missingDocuments: 20_000,
      extraDocuments: 5_000,
      differingDocuments: 0,
    });
    expect(results[0]?.differences).toHaveLength(7);
  });

  it("takes forms of a key, and keys of a collation, for one document", async () => {
    await shop.collection("numbers").insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }] as never[]);
    await shop.createCollection("people", { collation: { locale: "de", strength: 1 } });
    await shop.collection("people").insertMany([{ _id: "Ada" }, { _id: "Bob" }] as never[]);
    await migrate(WHOLE);
    expect((await verify()).verdict).toBe("equal");
    await store.collection("numbers").deleteOne({ _id: 2 as never });
    await store.collection("numbers").insertOne({ _id: new Double(2) as never });
    await store.collection("people").deleteOne({ _id: "Ada" as never });
    await store.collection("people").insertOne({ _id: "ADA" as never });
    const { results } = await verify();
    expect(results).toMatchObject([
      {
        differences: [{ kind: "different", path: "_id", sourceType: "int", targetType: "double" }],
      },
      { differences: [{ kind: "different", key: '"Ada"', path: "_id" }] },
    ]);
  });

  it("finds what differs at the first and the last key of each type, over several ranges", async () => {
    const perType = 1_000;
    for (const keyOf of ORDERED_KEYS) {
      const documents = Array.from({ length: perType }, (_, n) => documentOf(keyOf(n)));
      await shop.collection("mixed").insertMany(documents);
    }
    const single = [null, false, true, new MinKey(), new MaxKey()];
    // By the command itself: the driver gives documents whose key is null another one.
    await shop.command({ insert: "mixed", documents: single.map(documentOf) });
    await migrate(WHOLE, "limits: {workers: 4}");
    expect(await readDatabase(destinationClient, "store")).toEqual(
      await readDatabase(sourceClient, "shop"),
    );
    expect((await verify()).verdict).toBe("equal");
    const mixed = store.collection("mixed");
    for (const keyOf of ORDERED_KEYS) {
      await mixed.deleteOne({ _id: keyOf(0) as never });
      await mixed.updateOne({ _id: keyOf(perType - 1) as never }, { $set: { text: "other" } });
      await mixed.insertOne(documentOf(keyOf(perType)));
    }
    for (const key of single) {
      await mixed.updateOne({ _id: { $eq: key as never } }, { $set: { n: new Double(1) } });
    }
    const { totals } = await verify();
    expect(totals).toMatchObject({
      sourceDocuments: ORDERED_KEYS.length * perType + single.length,
      missingDocuments: ORDERED_KEYS.length,
      extraDocuments: ORDERED_KEYS.length,
      differingDocuments: ORDERED_KEYS.length + single.length,
    });
  });

  it("counts what a filter leaves out as extra", async () => {
    await shop
      .collection("orders")
      .insertMany(Array.from({ length: 2_000 }, (_, n) => ({ _id: n, odd: n % 2 })) as never[]);
    await migrate(
      "objects: [{database: shop, as: store, collections: [{name: orders, filter: '{\"odd\": 1}'}]}]",
    );
    expect((await verify()).totals).toMatchObject({ sourceDocuments: 1_000, unequalObjects: 0 });
    expect((await verify("--mode", "sample")).verdict).toBe("equal");
    await store.collection("orders").insertOne({ _id: 10 as never, odd: 0 });
    expect((await verify()).totals).toMatchObject({ extraDocuments: 1 });
  });

  it("compares counts and a sample, where that is asked for, of every kind of collection", async () => {
    await shop
      .collection("orders")
      .insertMany(Array.from({ length: 2_000 }, (_, n) => ({ _id: n, n })) as never[]);
    await shop.createCollection("weather", { timeseries: { timeField: "at", metaField: "m" } });
    await shop
      .collection("weather")
      .insertMany(Array.from({ length: 500 }, (_, n) => ({ at: new Date(n * 1e7), m: n % 5 })));
    await shop.createCollection("ring", { capped: true, size: 100_000 });
    await shop.collection("ring").insertMany([{ a: 1 }, { a: 2 }]);
    await shop.createCollection("view", { viewOn: "orders", pipeline: [] });
    await shop.collection("system.js").insertOne({ _id: "f" as never, value: "function() {}" });
    await migrate(WHOLE, "verification: {mode: sample, sampleDocuments: 100}");
    const equal = await verify();
    expect(equal).toMatchObject({ mode: "sample", verdict: "equal", totals: { objects: 5 } });
    // All of them, so that the sample meets some.
    await store.collection("orders").updateMany({}, { $set: { n: -1 } });
    await store.collection("system.js").updateOne({}, { $set: { value: "function() { x }" } });
    await store.collection("ring").insertOne({ a: 3 });
    const { results, totals } = await verify();
    expect(results.filter(({ isEqual }) => !isEqual).map(({ target }) => target)).toEqual([
      "store.orders",
      "store.ring",
      "store.system.js",
    ]);
    expect(totals.differingDocuments).toBeGreaterThan(50);
    expect((await verify("--mode", "full")).totals).toMatchObject({ differingDocuments: 2_001 });
  });

  it("I9 shows values only where asked, and stores none", async () => {
    const documents = [{ _id: 1, items: [{ price: new Int32(1) }], secret: "planted-in" }];
    await shop.collection("orders").insertMany(documents as never[]);
    await migrate(WHOLE);
    await store
      .collection("orders")
      .updateOne({ _id: 1 as never }, { $set: { "items.0.price": "planted-out" } });
    const text = String((await cli.start(["verify"])).stdout);
    expect(text).toContain("items.0.price is string instead of int");
    expect(text).not.toContain("planted");
    const shown = String((await cli.start(["verify", "--show-values"])).stdout);
    expect(shown).toContain('items.0.price is "planted-out" instead of {"$numberInt":"1"}');
    const stored = await destinationClient.db("mongoferry").collection("compared_ranges").find();
    expect(JSON.stringify(await stored.toArray())).not.toContain("planted");
    expect(await cli.git("log", "-p", "--all")).not.toContain("planted");
  });

  it("refuses before everything is copied", async () => {
    await shop.collection("orders").insertOne({});
    await cli.writeSpec("m", ["mode: full", WHOLE]);
    const run = await cli.start(["verify"]);
    expect([run.exitCode, String(run.stderr)]).toEqual([
      1,
      expect.stringContaining("this migration has never run"),
    ]);
  });
});
