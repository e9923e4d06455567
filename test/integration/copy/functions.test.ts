/** Stored functions, moved by accounts that may only read at the source and only read and write at the destination. */
import { Code, MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { LeaseLostError } from "../../../src/base/errors.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import type { ObjectSelection } from "../../../src/model/migration.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";

const ROOT = { username: "root", password: "pw" };
const FUNCTIONS_ONLY: ObjectSelection = {
  database: "shop",
  as: "store",
  collections: [],
  functions: true,
  exclude: [],
};

let source: ReplicaSet;
let destination: ReplicaSet;
let rootAtSource: MongoClient;
let rootAtDestination: MongoClient;
let ends: CopyFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source", auth: ROOT }),
    startReplicaSet({
      name: "destination",
      auth: ROOT,
      args: ["--setParameter", "enableTestCommands=1"],
    }),
  ]);
  [rootAtSource, rootAtDestination] = await Promise.all([
    // Not yet the default of 4.4.
    MongoClient.connect(source.uri, { writeConcern: { w: "majority" } }),
    MongoClient.connect(destination.uri, { writeConcern: { w: "majority" } }),
  ]);
  await rootAtSource.db("admin").command({
    createUser: "mover",
    pwd: "pw",
    roles: [{ role: "read", db: "shop" }],
  });
  await rootAtDestination.db("admin").command({
    createUser: "mover",
    pwd: "pw",
    roles: ["store", "mongoferry"].map((db) => ({ role: "readWrite", db })),
  });
  ends = await openCopyFixture(asMover(source.uri), asMover(destination.uri));
});

afterAll(async () => {
  await ends?.[Symbol.asyncDispose]();
  await Promise.all([rootAtSource?.close(), rootAtDestination?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

beforeEach(async () => {
  await rootAtSource.db("shop").dropDatabase();
  await rootAtDestination.db("store").dropDatabase();
  await rootAtDestination.db("mongoferry").dropDatabase();
  await rootAtSource.db("shop").collection("orders").insertOne({ a: 1 });
  await functionsOf(rootAtSource, "shop").insertMany([
    { _id: "add", value: new Code("function (a, b) { return a + b; }") },
    { _id: "old", value: new Code("function () {}", { "2": 1 }) },
  ]);
});

describe("stored functions", () => {
  it("are copied on their own, byte for byte, into the renamed database", async () => {
    const plan = await copy();
    expect(plan.actions.map(({ kind, target }) => [kind, target])).toEqual([
      ["create-collection", { db: "store", coll: "system.js" }],
    ]);
    await expectEqual();
    expect(await rootAtDestination.db("store").listCollections().toArray()).toHaveLength(1);
  });

  it("are left as they are once copied", async () => {
    await copy();
    const again = await ends.plan(migrationOf("functions", [FUNCTIONS_ONLY]));
    expect(again.actions).toEqual([]);
    expect(again.objects).toMatchObject([{ change: "unchanged", kind: "functions" }]);
  });

  it("go into a system.js that was emptied, which no server drops", async () => {
    await functionsOf(rootAtDestination, "store").insertOne({ _id: "gone" });
    await functionsOf(rootAtDestination, "store").deleteMany({});
    await copy();
    await expectEqual();
  });

  it("I8 do not touch functions that are there", async () => {
    await functionsOf(rootAtDestination, "store").insertOne({ _id: "theirs" });
    const plan = await ends.plan(migrationOf("functions", [FUNCTIONS_ONLY]));
    expect(plan.actions).toEqual([]);
    expect(plan.objects).toMatchObject([{ change: "refuse", kind: "functions" }]);
  });

  it("I3 go on after an interruption, and replace what changed since", async () => {
    await copy();
    const records = rootAtDestination.db("mongoferry");
    await records.collection("collections").updateMany({}, { $set: { state: "copying" } });
    await records
      .collection("partitions")
      .updateMany({}, { $set: { state: "pending", copiedThrough: null, worker: null } });
    await functionsOf(rootAtDestination, "store").updateOne({ _id: "add" }, { $set: { value: 1 } });
    await functionsOf(rootAtDestination, "store").deleteOne({ _id: "old" });
    await copy();
    await expectEqual();
  });

  it("are emptied and copied again where an earlier run has left them unfinished", async () => {
    await copy();
    const records = rootAtDestination.db("mongoferry");
    await records
      .collection("collections")
      .updateMany({}, { $set: { state: "copying", runSeq: -1 } });
    await functionsOf(rootAtDestination, "store").insertOne({ _id: "older" });
    await copy();
    await expectEqual();
  });
});

describe("emptying system.js", () => {
  const TARGET = { db: "store", coll: "system.js" };
  let uuid: string | null;

  beforeEach(async () => {
    await functionsOf(rootAtDestination, "store").insertMany([{ _id: "add" }, { _id: "old" }]);
    uuid = await ends.destination.readUuid(TARGET);
  });

  it("leaves an empty collection of the same UUID", async () => {
    await ends.destination.dropNamespace(TARGET, uuid, new AbortController().signal);
    expect(await readHex(rootAtDestination, "store")).toEqual([]);
    expect(await ends.destination.readUuid(TARGET)).toBe(uuid);
  });

  it("I7 deletes nothing once the lease is lost", async () => {
    const lost = AbortSignal.abort(new LeaseLostError("lost"));
    const emptied = ends.destination.dropNamespace(TARGET, uuid, lost);
    await expect(emptied).rejects.toThrow(LeaseLostError);
    expect(await readHex(rootAtDestination, "store")).toHaveLength(2);
  });

  it("fails where the server deletes nothing and says so in its reply only", async () => {
    const admin = rootAtDestination.db("admin");
    const configureFailPoint = "failAllRemoves";
    await admin.command({ configureFailPoint, mode: "alwaysOn" });
    try {
      const signal = new AbortController().signal;
      await expect(ends.destination.dropNamespace(TARGET, uuid, signal)).rejects.toMatchObject({
        object: "store.system.js",
        isRetryable: false,
        message: expect.stringContaining("failAllRemoves"),
      });
    } finally {
      await admin.command({ configureFailPoint, mode: "off" });
    }
    expect(await readHex(rootAtDestination, "store")).toHaveLength(2);
  });
});

describe("a document that breaks its own validator", () => {
  it("is named where the account may not bypass it", async () => {
    const shop = rootAtSource.db("shop");
    await shop.collection<{ _id: number }>("strict").insertMany([{ _id: 1 }, { _id: 2 }]);
    await shop.command({ collMod: "strict", validator: { _id: { $lt: 2 } } });
    const strict = { name: "strict", as: null, onExisting: "refuse", filter: null } as const;
    const selection = { ...FUNCTIONS_ONLY, functions: false, collections: [strict] };
    await expect(copy(selection)).rejects.toMatchObject({
      object: "store.strict",
      key: '{"$numberInt":"2"}',
      isRetryable: false,
      message: expect.stringContaining("grant it the role dbAdmin"),
    });
  });
});

function asMover(uri: string): string {
  return uri.replace("root:pw@", "mover:pw@");
}

async function copy(selection = FUNCTIONS_ONLY): Promise<Plan> {
  const plan = await ends.plan(migrationOf("functions", [selection]));
  const lease = await ends.store.acquireLease("functions");
  try {
    await copyCollections(plan, await ends.tools(lease, plan));
  } finally {
    await lease.release();
  }
  return plan;
}

async function expectEqual(): Promise<void> {
  expect(await readHex(rootAtDestination, "store")).toEqual(await readHex(rootAtSource, "shop"));
}

function functionsOf(client: MongoClient, db: string) {
  return client.db(db).collection<{ _id: string; value?: unknown }>("system.js");
}

async function readHex(client: MongoClient, db: string): Promise<string[]> {
  const found = await functionsOf(client, db).find({}, { raw: true }).sort({ _id: 1 }).toArray();
  return found.map((raw) => Buffer.from(raw as unknown as Uint8Array).toString("hex"));
}
