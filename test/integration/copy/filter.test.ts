/** Document filters: what is copied, compared and counted, and what a server refuses. */
import { Decimal128, Long, Timestamp } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import type { CollectionSelection, Migration } from "../../../src/model/migration.ts";
import type { VerificationResult } from "../../../src/model/run.ts";
import { selectObjects } from "../../../src/model/select-objects.ts";
import { ONCE_AT_REST, verifyObjects } from "../../../src/verify/verify-objects.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";
import { slowSource } from "../../support/slow-source.ts";

const ORDERS = { db: "shop", coll: "orders" };
const TARGET = { db: "store", coll: "orders" };
const COUNT = 30_000;

let source: BorrowedSet;
let destination: BorrowedSet;
let ends: CopyFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  ends = await openCopyFixture(source.uri, destination.uri);
  const text = "x".repeat(2_000);
  const orders = ends.sourceClient.db("shop").collection("orders");
  await orders.insertMany(
    Array.from({ length: COUNT }, (_, n) => ({ n, odd: n % 2 === 1, text })) as never,
  );
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await ends.destinationClient.db("store").dropDatabase();
  await ends.destinationClient.db("mongoferry").dropDatabase();
});

describe("a document filter", () => {
  it("picks what is copied, in several partitions, and what it is compared with", async () => {
    const filter = '{"odd": true, "n": {"$gte": {"$numberInt": "1000"}}}';
    const migration = filteredBy(filter);
    await copy(migration);
    expect((await ends.store.listPartitions("filter", TARGET)).length).toBeGreaterThan(1);
    const expected = (COUNT - 1_000) / 2;
    for (const mode of ["full", "sample"] as const) {
      expect(await verify(filter, mode)).toMatchObject({
        isEqual: true,
        sourceDocuments: expected,
        targetDocuments: expected,
      });
    }
    const again = await ends.plan(migration);
    expect(again.objects).toMatchObject([{ change: "unchanged" }]);
  });

  it("makes a document at the destination that does not match a difference", async () => {
    const filter = '{"n": {"$lt": 10}}';
    await copy(filteredBy(filter));
    const left = await ends.sourceClient.db("shop").collection("orders").findOne({ n: 10 });
    await ends.destinationClient
      .db("store")
      .collection("orders")
      .insertOne({ ...left } as never);
    expect(await verify(filter, "full")).toMatchObject({ isEqual: false, extraDocuments: 1 });
    expect(await verify(filter, "sample")).toMatchObject({ isEqual: false });
  });

  it("compares types and order as the server does, under the collection's collation", async () => {
    const shop = ends.sourceClient.db("shop");
    await shop.dropCollection("people");
    await shop.createCollection("people", { collation: { locale: "de", strength: 2 } });
    await shop.collection("people").insertMany([
      { name: "ADA", at: new Timestamp({ t: 5, i: 1 }), n: Long.fromNumber(7) },
      { name: "ada", inner: twoFields("10", "2"), n: Decimal128.fromString("7.0") },
      { name: "bob", inner: twoFields("2", "10"), n: "7" },
    ] as never);
    const matching = async (filter: string) =>
      ends.source.countDocuments({ db: "shop", coll: "people" }, filter);
    expect(await matching('{"name": "Ada"}')).toBe(2);
    expect(await matching('{"n": {"$numberDouble": "7"}}')).toBe(2);
    expect(await matching('{"n": {"$type": "long"}}')).toBe(1);
    expect(await matching('{"inner": {"10": 1, "2": 2}}')).toBe(1);
    expect(await matching('{"at": {"$timestamp": {"t": 5, "i": 1}}}')).toBe(1);
  });

  it.each([
    ['{"n": {"$foo": 1}}', /unknown operator: \$foo/u],
    ['{"$expr": {"$bad": 1}}', /Unrecognized expression/u],
    ['{"n": {"$in": 3}}', /\$in needs an array/u],
  ])("is refused before the copy where the server does not take it: %s", async (filter, reason) => {
    expect(await ends.source.tryFilter(ORDERS, filter)).toMatch(reason);
    expect(await ends.source.tryFilter(ORDERS, '{"n": 1}')).toBeNull();
  });
});

function twoFields(first: string, second: string): ReadonlyMap<string, number> {
  return new Map([
    [first, 1],
    [second, 2],
  ]);
}

function filteredBy(filter: string): Migration {
  const orders: CollectionSelection = { name: "orders", as: null, onExisting: "refuse", filter };
  return migrationOf("filter", [
    { database: "shop", as: "store", collections: [orders], functions: false, exclude: [] },
  ]);
}

async function copy(migration: Migration): Promise<void> {
  const plan = await ends.plan(migration);
  const lease = await ends.store.acquireLease("filter");
  const tools = await ends.tools(lease, plan);
  // Read by several readers, where it is large.
  await copyCollections(plan, { ...tools, source: slowSource(tools.source) });
  await lease.release();
}

async function verify(
  filter: string,
  mode: "full" | "sample",
): Promise<VerificationResult | undefined> {
  const { objects } = selectObjects(filteredBy(filter), {
    sourceDatabases: ["shop"],
    sourceCollections: await ends.source.listCollections(["shop"]),
    destinationCollections: await ends.destination.listCollections(["store"]),
    ownedTargets: [],
  });
  const [result] = await verifyObjects(objects, {
    source: ends.source,
    destination: ends.destination,
    ...ONCE_AT_REST,
    mode,
    workers: 2,
    signal: new AbortController().signal,
    onCompared: () => {},
  });
  return result;
}
