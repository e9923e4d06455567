import { type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { LeaseLostError } from "../../../src/base/errors.ts";
import { WriteSessions } from "../../../src/mongo/write-sessions.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

const METADATA = "mongoferry";
const HELD_MS = 2_000;

let server: BorrowedSet;
let client: MongoClient;

beforeAll(async () => {
  server = await borrowSet("source");
  client = await MongoClient.connect(server.uri);
});

afterAll(async () => {
  await client?.close();
});

beforeEach(async () => {
  for (const name of ["shop", METADATA]) await client.db(name).dropDatabase();
});

async function openSessions(epoch: number, through = client): Promise<WriteSessions> {
  const sessions = new WriteSessions(through, METADATA, { migration: "m", epoch });
  await sessions.fenceEarlier();
  return sessions;
}

function insert(id: number): Document {
  return { insert: "orders", documents: [{ _id: id }], writeConcern: { w: "majority" } };
}

function put(id: number, n: number): Document {
  return { q: { _id: id }, u: { _id: id, n }, upsert: true };
}

async function idsOf(): Promise<readonly unknown[]> {
  const found = await client.db("shop").collection("orders").find().sort({ _id: 1 }).toArray();
  return found.map(({ _id }) => _id);
}

describe("WriteSessions", () => {
  it("run commands beside each other, more than sessions are stored at a time", async () => {
    const sessions = await openSessions(1);
    await Promise.all(Array.from({ length: 200 }, async (_, n) => sessions.run("shop", insert(n))));
    expect(await idsOf()).toHaveLength(200);
  });

  it("I7 of an earlier epoch write no more, whatever they have left to do", async () => {
    const earlier = await openSessions(1);
    await Promise.all([earlier.run("shop", insert(1)), earlier.run("shop", insert(2))]);
    const now = await openSessions(2);
    for (let n = 3; n < 40; n++) {
      await expect(earlier.run("shop", insert(n))).rejects.toThrow(LeaseLostError);
    }
    await now.run("shop", insert(100));
    expect(await idsOf()).toEqual([1, 2, 100]);
    const stored = await client.db(METADATA).collection("write_sessions").findOne();
    expect(stored?.["sessions"].every((each: Document) => each["epoch"] === 2)).toBe(true);
  });

  it("I7 of an earlier epoch cannot add others that nobody fences", async () => {
    const earlier = await openSessions(1);
    const now = await openSessions(2);
    await expect(earlier.run("shop", insert(1))).rejects.toThrow(LeaseLostError);
    await now.run("shop", insert(2));
    expect(await idsOf()).toEqual([2]);
  });

  it("I7 of an earlier epoch commit nothing", async () => {
    const earlier = await openSessions(1);
    let now: WriteSessions | undefined;
    const work = earlier.transact(async (session) => {
      await client
        .db("shop")
        .collection<{ _id: number }>("orders")
        .insertOne({ _id: 1 }, { session });
      now = await openSessions(2);
    });
    await expect(work).rejects.toThrow(LeaseLostError);
    await now?.run("shop", insert(2));
    expect(await idsOf()).toEqual([2]);
  });

  it("run statements together, or each for itself where one is refused", async () => {
    const sessions = await openSessions(1);
    const orders = client.db("shop").collection<{ _id: number; n?: number }>("orders");
    await orders.createIndex({ n: 1 }, { unique: true, sparse: true });
    await orders.insertMany([{ _id: 1, n: 1 }, { _id: 2 }, { _id: 3 }]);
    const update = { update: "orders", ordered: false };
    const together = await sessions.runTogether("shop", {
      ...update,
      updates: [put(2, 2), put(4, 4)],
    });
    expect(together).toMatchObject({ n: 2 });
    const oplog = client.db("local").collection("oplog.rs").find().sort({ $natural: -1 }).limit(1);
    expect(await oplog.next()).toMatchObject({
      op: "c",
      o: { applyOps: [{ op: "u" }, { op: "i" }] },
    });
    const single = await sessions.runTogether("shop", {
      ...update,
      updates: [put(2, 1), put(3, 3)],
    });
    expect(single).toMatchObject({ n: 1, writeErrors: [{ index: 0, code: 11_000 }] });
    expect(await orders.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
      { _id: 3, n: 3 },
      { _id: 4, n: 4 },
    ]);
  });

  it("I4 write nothing late after a connection was cut", async () => {
    await using proxy = await startTcpProxy(server.hosts[0] ?? "");
    const uri = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&retryWrites=false`;
    await using through = await MongoClient.connect(uri);
    const sessions = await openSessions(1, through);
    await sessions.run("shop", insert(1));
    await client.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 1 },
      data: {
        failCommands: ["delete"],
        namespace: "shop.orders",
        blockConnection: true,
        blockTimeMS: HELD_MS,
      },
    });
    const remove = { delete: "orders", deletes: [{ q: { _id: 1 }, limit: 1 }] };
    const held = sessions.run("shop", remove).catch((error: unknown) => error);
    await client
      .db("admin")
      .command({ waitForFailPoint: "failCommand", timesEntered: 1, maxTimeMS: 5_000 });
    const heldUntil = performance.now() + HELD_MS;
    proxy.cutAll();
    expect(await held).toBeInstanceOf(Error);
    // The delete is tried again, and the document comes back.
    await sessions.run("shop", remove);
    await sessions.run("shop", insert(1));
    while (performance.now() < heldUntil + 500) expect(await idsOf()).toEqual([1]);
  });
});
