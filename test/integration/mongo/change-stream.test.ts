/** The change stream of a real replica set, as the feed tells it. */
import { BSON, Binary, Long, MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import {
  type Change,
  type FeedPosition,
  isDocumentChange,
  type SchemaChange,
} from "../../../src/model/change.ts";
import { compareClusterTimes } from "../../../src/model/run.ts";
import { ChangeStreamFeed } from "../../../src/mongo/change-stream.ts";

const MIB = 1024 * 1024;

let source: ReplicaSet;
let client: MongoClient;
let feed: ChangeStreamFeed;
const retried: string[] = [];

beforeAll(async () => {
  source = await startReplicaSet({ name: "source", members: 3 });
  client = await MongoClient.connect(source.uri);
  feed = new ChangeStreamFeed(client, (error) => retried.push(error.message));
});

afterAll(async () => {
  await client?.close();
  await source?.stop();
});

/** All changes from a position on, up to the insertion of a marker that is made now. */
async function changesSince(from: FeedPosition): Promise<readonly Change[]> {
  const marker = await client.db("marker").collection("m").insertOne({});
  const stop = new AbortController();
  const changes: Change[] = [];
  for await (const batch of feed.readChanges(from, stop.signal)) {
    for (const change of batch.changes) {
      if (change.collection.namespace.db !== "marker") changes.push(change);
      else if (isDocumentChange(change) && idOf(change.key)?.equals(marker.insertedId)) {
        return changes;
      }
    }
  }
  throw new Error("the feed ended");
}

function idOf(key: Uint8Array) {
  return BSON.deserialize(key)._id;
}

function outline(change: Change): string {
  const { db, coll } = change.collection.namespace;
  const what = isDocumentChange(change) ? JSON.stringify(idOf(change.key)) : change.operationType;
  return `${change.kind} ${db}.${coll} ${what}`;
}

function schemaChanges(changes: readonly Change[]): readonly SchemaChange[] {
  return changes.filter((change): change is SchemaChange => !isDocumentChange(change));
}

async function uuidOf(coll: string): Promise<string> {
  const [info] = await client.db("shop").listCollections({ name: coll }).toArray();
  return (info as unknown as { info: { uuid: Binary } }).info.uuid.toString("hex");
}

describe("ChangeStreamFeed", () => {
  it("tells what happened to documents, in order, with their own bytes", async () => {
    const from = await feed.currentPosition();
    const orders = client.db("shop").collection<{ _id: unknown }>("orders");
    const document = { _id: Long.fromNumber(1), 2: "two", 1: "one" };
    await orders.insertOne(document as never);
    await orders.updateOne({ _id: 1 } as never, { $set: { "2": "zwei" } });
    await orders.replaceOne({ _id: 1 } as never, { a: null });
    await orders.deleteOne({ _id: 1 } as never);
    const changes = await changesSince(from);
    expect(changes.map(outline)).toEqual([
      "create shop.orders create",
      "insert shop.orders 1",
      "update shop.orders 1",
      "replace shop.orders 1",
      "delete shop.orders 1",
    ]);
    const documents = changes.filter(isDocumentChange);
    expect(new Set(documents.map(({ collection }) => collection.uuid))).toEqual(
      new Set([await uuidOf("orders")]),
    );
    const [inserted, updated, replaced, deleted] = documents;
    expect(Buffer.from(inserted!.document!)).toEqual(serializeInOrder());
    expect(updated!.document).toBeNull();
    expect(BSON.deserialize(replaced!.document!)).toEqual({ _id: 1, a: null });
    expect(deleted!.document).toBeNull();
    expect(Buffer.from(inserted!.key)).toEqual(
      Buffer.from(BSON.serialize({ _id: Long.fromNumber(1) })),
    );
  });

  it("tells a replacement under another form of its key as a deletion and what follows", async () => {
    const forms = client.db("shop").collection("forms");
    await forms.insertOne({ _id: Long.fromNumber(2) as never });
    const from = await feed.currentPosition();
    const decimal = BSON.Decimal128.fromString("2.0");
    const document = { _id: decimal, a: 1 };
    await forms.updateOne({ _id: decimal as never }, [{ $replaceWith: { $literal: document } }]);
    await forms.deleteOne({ _id: 2 as never });
    const changes = (await changesSince(from)).filter(isDocumentChange);
    const asText = ({ kind, key }: (typeof changes)[number]): string =>
      `${kind} ${BSON.EJSON.stringify(BSON.deserialize(key, { promoteValues: false }), { relaxed: false })}`;
    expect(changes.map(asText)).toEqual([
      'delete {"_id":{"$numberLong":"2"}}',
      'replace {"_id":{"$numberDecimal":"2.0"}}',
      'delete {"_id":{"$numberDecimal":"2.0"}}',
    ]);
    expect(BSON.deserialize(changes[1]!.document!)).toMatchObject({ a: 1 });
  });

  it("tells of what is too large for one event, without its document", async () => {
    const from = await feed.currentPosition();
    const large = client.db("shop").collection<{ _id: number }>("large");
    const most = 16 * MIB - 100;
    await large.insertOne({ _id: 1, text: "x".repeat(most) } as never);
    await large.updateOne({ _id: 1 }, { $set: { text: "y".repeat(most) } });
    await large.replaceOne({ _id: 1 }, { text: "z".repeat(most) } as never);
    await large.insertOne({ _id: 2, text: "x".repeat(8 * MIB - 100) } as never);
    const changes = (await changesSince(from)).filter(isDocumentChange);
    expect(changes.map(({ kind, document }) => [kind, document === null])).toEqual([
      ["insert", true],
      ["update", true],
      ["replace", true],
      ["insert", false],
    ]);
  });

  it("tells the occasion of every change of what there is", async () => {
    const db = client.db("schema");
    const from = await feed.currentPosition();
    await db.createCollection("a");
    await db.collection("a").createIndex({ x: 1 });
    await db.command({ collMod: "a", index: { name: "x_1", hidden: true } });
    await db.collection("a").dropIndex("x_1");
    await db.createCollection("v", { viewOn: "a", pipeline: [] });
    await db.command({ collMod: "v", viewOn: "a", pipeline: [{ $match: {} }] });
    await db.createCollection("b");
    await db.collection("a").rename("b", { dropTarget: true });
    await db.collection("v").drop();
    await db.dropDatabase();
    const changes = schemaChanges(await changesSince(from));
    expect(changes.map(outline)).toEqual([
      "create schema.a create",
      "alter schema.a createIndexes",
      "alter schema.a modify",
      "alter schema.a dropIndexes",
      "create schema.v create",
      "alter schema.v modify",
      "create schema.b create",
      "rename schema.a rename",
      "drop schema.v drop",
      "drop schema.b drop",
      "drop-database schema. dropDatabase",
    ]);
    const [created, , , , view] = changes;
    expect(view?.collection.uuid).toBeNull();
    const renamed = changes.find(({ kind }) => kind === "rename");
    expect(renamed).toMatchObject({
      collection: { uuid: created?.collection.uuid },
      renamedTo: { db: "schema", coll: "b" },
      droppedUuid: changes.find(({ collection }) => collection.namespace.coll === "b")?.collection
        .uuid,
    });
  });

  it("goes on right behind a change of what there is", async () => {
    const from = await feed.currentPosition();
    const db = client.db("behind");
    await db.createCollection("a");
    await db.collection<{ _id: number }>("a").insertOne({ _id: 1 });
    await db.collection("a").drop();
    const [create] = schemaChanges(await changesSince(from));
    expect((await changesSince(create!.position)).map(outline)).toEqual([
      "insert behind.a 1",
      "drop behind.a drop",
    ]);
  });

  it("moves on while nothing happens that it tells of", async () => {
    const from = await feed.currentPosition();
    const stop = new AbortController();
    // A fresh position is the next time, which the first of these may get.
    for (const note of [1, 2]) {
      await client.db("admin").command({ appendOplogNote: 1, data: { note } });
    }
    for await (const { changes, position } of feed.readChanges(from, stop.signal)) {
      expect(changes).toEqual([]);
      if (compareClusterTimes(position.clusterTime, from.clusterTime) > 0) break;
    }
  });

  it("tells every change once over elections and killed cursors", async () => {
    const from = await feed.currentPosition();
    const counted = client.db("shop").collection<{ _id: number }>("counted");
    const seen: number[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { changes } of feed.readChanges(from, stop.signal)) {
        for (const change of changes) {
          if (isDocumentChange(change) && change.collection.namespace.coll === "counted") {
            seen.push(idOf(change.key) as number);
          }
        }
        if (seen.length >= 3_000) return;
      }
    })();
    for (let n = 0; n < 3_000; n += 100) {
      const documents = Array.from({ length: 100 }, (_, i) => ({ _id: n + i }));
      await counted.insertMany(documents, { writeConcern: { w: "majority" } });
      if (n === 1_000) await source.stepDown();
      if (n === 2_000) await source.stepDown();
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
    expect(retried.length).toBeGreaterThan(0);
  });
});

/** The driver would put names that look like integers in ascending order. */
function serializeInOrder(): Buffer {
  return Buffer.from(
    BSON.serialize(
      new Map<string, unknown>([
        ["_id", Long.fromNumber(1)],
        ["1", "one"],
        ["2", "two"],
      ]) as never,
    ),
  );
}
