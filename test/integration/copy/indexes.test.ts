/** Indexes between real servers: every kind, what cannot be built, and what is still being built. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Db, Double, Long } from "mongodb";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import { compareDefinitions } from "../../../src/model/compare-definitions.ts";
import type { Migration } from "../../../src/model/migration.ts";
import type { IndexFailure } from "../../../src/model/run.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";

const MIGRATION: Migration = migrationOf("indexes", [
  { database: "shop", as: null, collections: null, functions: true, exclude: [] },
]);

let source: BorrowedSet;
let destination: BorrowedSet;
let ends: CopyFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  ends = await openCopyFixture(source.uri, destination.uri);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await ends.sourceClient.db("shop").dropDatabase();
  await ends.destinationClient.db("shop").dropDatabase();
  await ends.destinationClient.db("mongoferry").dropDatabase();
});

/** Copies what is planned, as one run, and ends it. */
async function run(plan: Plan): Promise<readonly IndexFailure[]> {
  const { store } = ends;
  const lease = await store.acquireLease("indexes");
  const move = async (to: "Copying" | "Completed") =>
    store.recordTransition(lease, {
      to,
      reason: "test",
      planDigest: plan.digest,
      specHash: "test",
      conditions: [],
    });
  try {
    await move("Copying");
    const failures = await copyCollections(plan, await ends.tools(lease, plan));
    await move("Completed");
    return failures;
  } finally {
    await lease.release();
  }
}

/** Has something happen between all questions before an index build and the command itself. */
function beforeIndexes(happen: () => Promise<void>): void {
  const send = Db.prototype.command;
  vi.spyOn(Db.prototype, "command").mockImplementation(async function (this: Db, command, options) {
    if ("createIndexes" in command && command.createIndexes === "orders") await happen();
    return send.call(this, command, options);
  });
}

const indexNames = (plan: Plan) =>
  plan.actions.flatMap((action) => (action.kind === "create-index" ? [action.index] : []));

describe("indexes", () => {
  it("arrive exactly, whatever their kind, order and types of numbers", async () => {
    const things = await ends.sourceClient
      .db("shop")
      .createCollection("things", { collation: { locale: "de", strength: 2 } });
    await things.insertMany(
      Array.from({ length: 50 }, (_, i) => ({
        n: i,
        tags: [`a${i}`, `b${i}`],
        text: `word ${i}`,
        at: new Date(),
        flat: [i, -i],
        place: { type: "Point", coordinates: [i, i] },
      })),
    );
    await ends.sourceClient.db("shop").command({
      createIndexes: "things",
      indexes: [
        { name: "single", key: { n: new Double(1) } },
        { name: "long", key: { n: Long.fromNumber(-1) } },
        { name: "compound", key: new Map([["z", 1], ["10", -1], ["2", 1]]) }, // prettier-ignore
        { name: "multikey", key: { tags: 1 }, unique: true },
        { name: "sparse", key: { s: 1 }, sparse: true, unique: true },
        { name: "partial", key: { n: 1, s: 1 }, partialFilterExpression: { n: { $gt: 5 } } },
        { name: "ttl", key: { at: 1 }, expireAfterSeconds: 86_400 },
        { name: "hidden", key: { h: 1 }, hidden: true },
        {
          name: "text",
          key: { text: "text", title: "text" },
          weights: { title: 5 },
          default_language: "german",
          language_override: "lang",
          collation: { locale: "simple" },
        },
        {
          name: "2d",
          key: { flat: "2d" },
          min: -200,
          max: 200,
          bits: 20,
          collation: { locale: "simple" },
        },
        { name: "2dsphere", key: { place: "2dsphere", n: 1 } },
        { name: "hashed", key: { n: "hashed" }, collation: { locale: "simple" } },
        { name: "wildcard", key: { "$**": 1 }, wildcardProjection: { tags: 0 } },
        { name: "simple", key: { text: 1 }, collation: { locale: "simple" } },
        { name: "collated", key: { text: 1 }, collation: { locale: "fr", strength: 1 } },
      ],
    });
    await ends.sourceClient.db("shop").createCollection("plain");
    await ends.sourceClient.db("shop").command({
      createIndexes: "plain",
      indexes: [{ name: "version1", v: 1, key: { old: 1 } }],
    });
    expect(await run(await ends.plan(MIGRATION))).toEqual([]);
    const wanted = await ends.source.listCollections(["shop"]);
    const found = await ends.destination.listCollections(["shop"]);
    for (const collection of wanted) {
      const twin = found.find(({ namespace }) => namespace.coll === collection.namespace.coll);
      expect(twin?.indexes).toHaveLength(collection.indexes.length);
      const twinOrFail = twin ?? collection;
      // The order of options is the server's own (4.4 keeps another one); that of a key's fields is compared.
      expect(compareDefinitions(collection, twinOrFail).indexDifferences).toEqual([]);
    }
  });

  it("are built but for those that cannot be, which a later plan builds alone", async () => {
    const orders = ends.sourceClient
      .db("shop")
      .collection<{ _id: number; email: string }>("orders");
    await orders.createIndex({ email: 1 }, { unique: true });
    await orders.createIndex({ email: -1, total: 1 });
    const first = await ends.plan(MIGRATION);
    // The source is written to between plan and copy.
    await orders.dropIndex("email_1");
    await orders.insertMany(
      [1, 2, 3, 4].map((_id) => ({ _id, email: _id < 3 ? "ada" : `${_id}` })),
    );
    const failures = await run(first);
    expect(failures).toMatchObject([{ index: "email_1", cause: "values occur more than once" }]);
    expect(failures[0]?.examples).toEqual(['{"email": "ada"} in 2 documents']);
    const [record] = await ends.store.listCollectionRecords("indexes");
    expect(JSON.stringify(record)).not.toContain("ada");
    expect(record).toMatchObject({ state: "done", failedIndexes: [{ name: "email_1" }] });
    const copy = ends.destinationClient.db("shop").collection<{ _id: number }>("orders");
    expect(await copy.indexExists("email_-1_total_1")).toBe(true);

    await orders.deleteOne({ _id: 2 });
    await orders.createIndex({ email: 1 }, { unique: true });
    const second = await ends.plan(MIGRATION);
    expect(second.actions).toMatchObject([{ kind: "create-index", index: "email_1" }]);
    expect(await run(second)).toHaveLength(1);
    expect((await ends.plan(MIGRATION)).digest).toBe(second.digest);

    await copy.deleteOne({ _id: 2 });
    const third = await ends.plan(MIGRATION);
    expect(indexNames(third)).toEqual(["email_1"]);
    expect(await run(third)).toEqual([]);
    expect(await copy.indexExists("email_1")).toBe(true);
    expect((await ends.plan(MIGRATION)).actions).toEqual([]);
  });

  it.each(["dropped", "replaced", "replaced in the last moment"])(
    "I8 are not built once the copy was %s",
    async (fate) => {
      const orders = ends.sourceClient.db("shop").collection<{ _id: number; a: number }>("orders");
      await orders.createIndex({ a: 1 }, { unique: true });
      const first = await ends.plan(MIGRATION);
      await orders.dropIndex("a_1");
      await orders.insertMany([1, 2].map((_id) => ({ _id, a: 1 })));
      expect(await run(first)).toHaveLength(1);
      await orders.deleteOne({ _id: 2 });
      await orders.createIndex({ a: 1 }, { unique: true });
      const second = await ends.plan(MIGRATION);
      expect(indexNames(second)).toEqual(["a_1"]);

      const shop = ends.destinationClient.db("shop");
      const takeAway = async () => {
        await shop.dropCollection("orders");
        if (fate !== "dropped") await shop.createCollection("orders");
      };
      if (fate === "replaced in the last moment") beforeIndexes(takeAway);
      else await takeAway();
      await expect(run(second)).rejects.toMatchObject({
        operation: "create indexes",
        object: "shop.orders",
        isRetryable: false,
        message: expect.stringContaining("plan and apply again"),
      });
      const [left] = await ends.destination.listCollections(["shop"]);
      expect(left?.indexes.map(({ name }) => name)).toEqual(
        fate === "dropped" ? undefined : ["_id_"],
      );
    },
  );

  it("are told from those that are still being built at the source", async () => {
    const shop = ends.sourceClient.db("shop");
    await shop.collection("slow").insertOne({ a: 1 });
    const admin = ends.sourceClient.db("admin");
    const configureFailPoint = "hangAfterStartingIndexBuild";
    await admin.command({ configureFailPoint, mode: "alwaysOn" });
    const building = shop.collection("slow").createIndex({ a: 1 });
    try {
      await expect
        .poll(async () => (await ends.source.listCollections(["shop"]))[0]?.indexes[1])
        .toMatchObject({ name: "a_1", isBuilding: true });
    } finally {
      await admin.command({ configureFailPoint, mode: "off" });
      await building;
    }
    const [slow] = await ends.source.listCollections(["shop"]);
    expect(slow?.indexes[1]).toMatchObject({ name: "a_1", isBuilding: false });
  });
});
