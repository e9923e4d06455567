/** Copies between real servers: every kind of key, resuming, elections, and sources that change underneath. */
import {
  BSON,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import type { Migration } from "../../../src/model/migration.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Lease, PartitionRecord } from "../../../src/ports.ts";
import { readDatabase } from "../../support/compare-databases.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";
import { slowSource } from "../../support/slow-source.ts";
import { unlimitedLoad } from "../../support/unlimited-load.ts";

const MIGRATION: Migration = migrationOf("copy", [
  { database: "shop", as: "store", collections: null, functions: true, exclude: [] },
]);

let source: ReplicaSet;
let destination: ReplicaSet;
let ends: CopyFixture;

beforeAll(async () => {
  const args = ["--setParameter", "enableTestCommands=1"];
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source", args }),
    startReplicaSet({ name: "destination", members: 3, args }),
  ]);
  ends = await openCopyFixture(source.uri, destination.uri);
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
  await Promise.all([source?.stop(), destination?.stop()]);
});

beforeEach(async () => {
  await ends.sourceClient.db("shop").dropDatabase();
  await ends.destinationClient.db("store").dropDatabase();
  await ends.destinationClient.db("mongoferry").dropDatabase();
});

describe("copyCollections", () => {
  it("I3 copies keys of all types byte for byte, in several partitions, also after an interruption", async () => {
    const text = "x".repeat(3_000);
    const keys: unknown[] = [null, new MinKey(), new MaxKey(), new Double(Number.NaN), true];
    for (let i = 0; i < 3_000; i++) {
      keys.push(new Int32(i), Long.fromString(`9007199254${i + 740_993}`), new Double(i + 0.25));
      keys.push(
        `key-${i}`,
        new Date(i),
        new ObjectId(),
        new UUID(),
        Decimal128.fromString(`${i}.5`),
      );
      // Names like integers: a plain object would put "1" before "10", whatever their order was.
      keys.push(
        new Map<string, unknown>([
          ["10", i],
          ["1", "b"],
        ]),
        new Timestamp({ t: i + 1, i }),
      );
    }
    const documents = keys.map(
      (_id) =>
        new Map<string, unknown>([
          ["_id", _id],
          ["2", 1],
          ["1", text],
        ]),
    );
    await insertRaw(documents);
    const plan = await ends.plan(MIGRATION);
    expect(plan.actions).toHaveLength(1);
    const lease = await ends.store.acquireLease("copy");
    const controller = new AbortController();
    const slow = await ends.tools(lease, plan, controller.signal);
    const copying = copyCollections(plan, { ...slow, source: slowSource(slow.source) });
    const ended = expect(copying).rejects.toThrow("cut");
    const begun = async (): Promise<number> =>
      (await listPartitions()).filter(({ copiedThrough }) => copiedThrough !== null).length;
    await expect.poll(begun, { timeout: 30_000, interval: 20 }).toBeGreaterThan(2);
    controller.abort(new Error("cut"));
    await ended;
    const cut = await listPartitions();
    expect(cut.length).toBeGreaterThan(3);
    await lease.release();

    await copy();
    await expectEqual();
    const copied = await listPartitions();
    expect(copied.map(({ range }) => range)).toEqual(cut.map(({ range }) => range));
    // No document was read by two partitions, nor twice by one.
    const count = copied.reduce((sum, { copiedDocuments }) => sum + copiedDocuments, 0);
    expect(count).toBe(documents.length);
  }, 60_000);

  it("keeps options and indexes to the type and order of their fields", async () => {
    const shop = ends.sourceClient.db("shop");
    await shop.command({
      create: "optioned",
      collation: { locale: "de", strength: 2 },
      validator: new Map<string, unknown>([
        ["9", { $exists: true }],
        ["10", { $exists: false }],
      ]),
      validationAction: "warn",
      changeStreamPreAndPostImages: { enabled: true },
    });
    await shop.command({
      createIndexes: "optioned",
      indexes: [
        {
          name: "order",
          key: new Map<string, unknown>([
            ["2", 1],
            ["1", -1],
          ]),
        },
        {
          name: "partial",
          key: { a: new Double(1) },
          partialFilterExpression: { a: { $gt: Long.fromInt(5) } },
        },
        {
          name: "unique",
          key: { b: 1 },
          unique: true,
          sparse: true,
          collation: { locale: "simple" },
        },
        { name: "ttl", key: { at: 1 }, expireAfterSeconds: 3_600, hidden: true },
        {
          name: "text",
          key: { title: "text", body: "text" },
          weights: { title: 10 },
          collation: { locale: "simple" },
        },
        { name: "place", key: { place: "2dsphere", n: 1 } },
        { name: "hashed", key: { h: "hashed" } },
        { name: "all", key: { "$**": 1 }, wildcardProjection: { a: 0 } },
      ],
    });
    await shop.collection("optioned").insertMany([{ a: 7 }, { a: "ä", title: "x" }]);
    await shop.collection("empty").createIndex({ a: 1 });
    await copy();
    await expectEqual();
  });

  it("copies documents that break their own validator", async () => {
    const shop = ends.sourceClient.db("shop");
    await shop.collection<{ _id: number }>("strict").insertMany([{ _id: 1 }, { _id: 2 }]);
    await shop.command({ collMod: "strict", validator: { needed: { $exists: true } } });
    await copy();
    await expectEqual();
  });

  it("I3 replaces what an interrupted attempt has left, also documents that changed since", async () => {
    await insertRaw(
      Array.from(
        { length: 500 },
        (_, i) =>
          new Map<string, unknown>([
            ["_id", i],
            ["n", i],
          ]),
      ),
    );
    const plan = await ends.plan(MIGRATION);
    const lease = await ends.store.acquireLease("copy");
    const stop = new AbortController();
    const tools = await ends.tools(lease, plan, stop.signal);
    // The writes of this attempt arrive, but none of them is ever acknowledged to it.
    const lost = {
      ...tools,
      destination: Object.assign(Object.create(tools.destination), {
        writeBatch: async (...args: Parameters<typeof tools.destination.writeBatch>) => {
          await ends.destination.writeBatch(...args);
          stop.abort(new Error("cut"));
          throw new Error("cut");
        },
        createCollection: ends.destination.createCollection.bind(ends.destination),
        readUuid: ends.destination.readUuid.bind(ends.destination),
      }),
    };
    await expect(copyCollections(plan, lost)).rejects.toThrow("cut");
    await lease.release();
    const left = await ends.destinationClient.db("store").collection("mixed").countDocuments();
    expect(left).toBeGreaterThan(0);

    const mixed = ends.sourceClient.db("shop").collection<{ _id: number }>("mixed");
    await mixed.updateMany({ _id: { $lt: 100 } }, { $set: { changed: true } });
    await mixed.replaceOne({ _id: 7 }, { other: new Int32(1) });
    await copy();
    await expectEqual();
  });

  it("I2 records what was written when it is stopped, and goes on behind it", async () => {
    await fillLarge(20_000);
    await delayWrites(destination, 150);
    const plan = await ends.plan(MIGRATION);
    const lease = await ends.store.acquireLease("copy");
    const stop = new AbortController();
    const tools = await ends.tools(lease, plan, stop.signal);
    const copying = copyCollections(plan, tools);
    const failed = expect(copying).rejects.toThrow("interrupted");
    await untilCopied(tools.board, 1);
    stop.abort(new Error("interrupted"));
    await failed;
    const target = { db: "store", coll: "mixed" };
    const stored = (await ends.store.sumProgress("copy"))[0]?.copiedDocuments ?? 0;
    // Everything that has arrived is recorded: nothing of it is copied again.
    expect(stored).toBe(await ends.destination.countDocuments(target, null));
    await delayWrites(destination, 0);
    await copyCollections(plan, await ends.tools(lease, plan));
    await lease.release();
    await expectEqual();
  }, 60_000);

  it.each([
    ["plain", {}],
    ["collated", { collation: { locale: "de" } }],
  ])(
    "writes a hundred thousand tiny documents over themselves (%s)",
    async (_kind, options) => {
      await ends.sourceClient.db("shop").createCollection("mixed", options);
      await insertRaw(
        Array.from({ length: 100_000 }, (_, i) => new Map([["_id", `key-${i + 1_000_000}`]])),
      );
      const plan = await ends.plan(MIGRATION);
      const lease = await ends.store.acquireLease("copy");
      await copyCollections(plan, await ends.tools(lease, plan));
      // As if nothing of it had been recorded.
      const meta = ends.destinationClient.db("mongoferry");
      const forgotten = { state: "pending", copiedThrough: null, workerEpoch: null };
      await meta.collection("partitions").updateMany({}, { $set: forgotten });
      await meta.collection("collections").updateMany({}, { $set: { state: "copying" } });
      await lease.release();
      await ends.destinationClient
        .db("store")
        .collection("mixed")
        .deleteMany({ _id: { $in: ["key-1000005", "key-1099999"] as never[] } });
      await copy();
      await expectEqual();
    },
    60_000,
  );

  it("I8 takes over an empty collection only where it is what it would create", async () => {
    await insertRaw([new Map([["_id", 1]])]);
    const first = await ends.plan(MIGRATION);
    const lease = await ends.store.acquireLease("copy");
    const tools = await ends.tools(lease, first);
    const broken = Object.assign(Object.create(tools.destination), {
      readUuid: tools.destination.readUuid.bind(tools.destination),
      createCollection: async () => {
        throw new Error("cut");
      },
    });
    await expect(copyCollections(first, { ...tools, destination: broken })).rejects.toThrow("cut");
    // Somebody else makes the collection, with an index of their own.
    await ends.destinationClient.db("store").createCollection("mixed");
    await ends.destinationClient.db("store").collection("mixed").createIndex({ a: 1 });
    expect((await ends.plan(MIGRATION)).objects).toMatchObject([{ change: "refuse" }]);
    await expect(copyCollections(first, await ends.tools(lease, first))).rejects.toThrow(
      /has appeared/u,
    );
    await ends.destinationClient.db("store").collection("mixed").dropIndex("a_1");
    const second = await ends.plan(MIGRATION);
    await copyCollections(second, await ends.tools(lease, second));
    await lease.release();
    await expectEqual();
  });

  it("goes on over elections at the destination and lost cursors at the source", async () => {
    await fillLarge(60_000);
    await delayWrites(destination, 250);
    const plan = await ends.plan(MIGRATION);
    const lease = await ends.store.acquireLease("copy");
    const tools = { ...(await ends.tools(lease, plan)), load: unlimitedLoad(2) };
    const copying = copyCollections(plan, tools);
    await untilCopied(tools.board, 2_000);
    await failOnce(source, { failCommands: ["getMore"], errorCode: 43 });
    await failOnce(source, { failCommands: ["getMore", "find"], closeConnection: true });
    await destination.stepDown();
    await untilCopied(tools.board, 20_000);
    const killed = await destination.primaryHost();
    await destination.killMember(killed);
    await copying;
    await destination.startMember(killed);
    await lease.release();
    await expectEqual();
  }, 120_000);

  it("does not read a collection that was dropped and made anew under its name", async () => {
    await insertRaw([new Map([["_id", 1]])]);
    const plan = await ends.plan(MIGRATION);
    await ends.sourceClient.db("shop").collection("mixed").drop();
    await insertRaw([new Map([["_id", 2]])]);
    const lease = await ends.store.acquireLease("copy");
    await expect(copyCollections(plan, await ends.tools(lease, plan))).rejects.toThrow(
      /dropped, recreated or renamed since it was planned/u,
    );
    await lease.release();
  });

  it("I8 does not drop a collection that appeared at the target's name after the plan", async () => {
    await insertRaw([new Map([["_id", 1]])]);
    const plan = await ends.plan(MIGRATION);
    await ends.destinationClient.db("store").collection("mixed").insertOne({ mine: true });
    const lease = await ends.store.acquireLease("copy");
    await expect(copyCollections(plan, await ends.tools(lease, plan))).rejects.toThrow(
      /has appeared at the destination/u,
    );
    await lease.release();
    expect(await ends.destinationClient.db("store").collection("mixed").countDocuments()).toBe(1);
  });

  it("keeps the plan that was approved when it was interrupted between dropping and creating", async () => {
    await insertRaw([new Map([["_id", 1]])]);
    const target = ends.destinationClient.db("store").collection("mixed");
    await target.insertMany([{ old: 1 }, { old: 2 }]);
    const replacing = migrationOf("copy", [
      {
        database: "shop",
        as: "store",
        collections: [{ name: "mixed", as: null, onExisting: "replace", filter: null }],
        functions: false,
        exclude: [],
      },
    ]);
    const plan = await ends.plan(replacing);
    expect(plan.actions[0]).toMatchObject({
      kind: "replace-collection",
      replaces: { documentCount: 2 },
    });
    const lease = await ends.store.acquireLease("copy");
    await ends.store.recordTransition(lease, {
      to: "Copying",
      reason: "test",
      planDigest: plan.digest,
      specHash: "",
      conditions: [],
    });
    const tools = await ends.tools(lease, plan);
    const broken = Object.assign(Object.create(tools.destination), {
      readUuid: tools.destination.readUuid.bind(tools.destination),
      dropNamespace: tools.destination.dropNamespace.bind(tools.destination),
      createCollection: async () => {
        throw new Error("cut");
      },
    });
    await expect(copyCollections(plan, { ...tools, destination: broken })).rejects.toThrow("cut");
    expect(await target.countDocuments()).toBe(0);

    const again = await ends.plan(replacing);
    expect(again.digest).toBe(plan.digest);
    await copyCollections(again, await ends.tools(lease, again));
    await lease.release();
    await expectEqual();
  });

  it("I7 stops a process whose lease another one has taken", async () => {
    await fillLarge(20_000);
    await delayWrites(destination, 200);
    const plan = await ends.plan(MIGRATION);
    const first = await ends.store.acquireLease("copy");
    const copying = copyCollections(plan, await ends.tools(first, plan));
    const failed = expect(copying).rejects.toThrow(/Another run has taken copy over/u);
    // The fixture takes every other process for dead, so that its lease can be taken at once.
    const second = await ends.store.acquireLease("copy");
    expect(second.epoch).toBe(first.epoch + 1);
    await failed;
    await delayWrites(destination, 0);
    // As the next process does: what the first one has created by now is not in its plan.
    const rest = await ends.plan(MIGRATION);
    await copyCollections(rest, await ends.tools(second, rest));
    await second.release();
    await expectEqual();
  }, 60_000);
});

async function copy(): Promise<Plan> {
  const plan = await ends.plan(MIGRATION);
  const lease: Lease = await ends.store.acquireLease("copy");
  await copyCollections(plan, await ends.tools(lease, plan));
  await lease.release();
  return plan;
}

async function listPartitions(): Promise<readonly PartitionRecord[]> {
  return ends.store.listPartitions("copy", { db: "store", coll: "mixed" });
}

async function expectEqual(): Promise<void> {
  const expected = await readDatabase(ends.sourceClient, "shop");
  expect(await readDatabase(ends.destinationClient, "store")).toEqual(expected);
}

async function insertRaw(documents: readonly ReadonlyMap<string, unknown>[]): Promise<void> {
  const collection = ends.sourceClient.db("shop").collection("mixed");
  for (let from = 0; from < documents.length; from += 5_000) {
    await collection.insertMany(documents.slice(from, from + 5_000) as unknown as BSON.Document[]);
  }
}

async function fillLarge(count: number): Promise<void> {
  const text = "lorem ipsum ".repeat(80);
  const documents = Array.from(
    { length: count },
    (_, i) =>
      new Map<string, unknown>([
        ["_id", i],
        ["text", text],
      ]),
  );
  await insertRaw(documents);
}

async function delayWrites(set: ReplicaSet, blockTimeMS: number): Promise<void> {
  const data = { failCommands: ["insert"], blockConnection: true, blockTimeMS };
  await onEachMember(set, {
    configureFailPoint: "failCommand",
    mode: blockTimeMS === 0 ? "off" : "alwaysOn",
    data,
  });
}

async function failOnce(set: ReplicaSet, data: BSON.Document): Promise<void> {
  await onEachMember(set, { configureFailPoint: "failCommand", mode: { times: 1 }, data });
}

async function onEachMember(set: ReplicaSet, command: BSON.Document): Promise<void> {
  const { MongoClient } = await import("mongodb");
  for (const host of set.hosts) {
    const client = await MongoClient.connect(`mongodb://${host}/?directConnection=true`);
    await client.db("admin").command(command);
    await client.close();
  }
}

async function untilCopied(
  board: { snapshot(): readonly { readonly copiedDocuments: number }[] },
  count: number,
): Promise<void> {
  const copied = (): number =>
    board.snapshot().reduce((sum, { copiedDocuments }) => sum + copiedDocuments, 0);
  await expect.poll(copied, { timeout: 30_000, interval: 10 }).toBeGreaterThanOrEqual(count);
}
