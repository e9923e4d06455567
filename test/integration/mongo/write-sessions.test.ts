import { type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { WriteSessions } from "../../../src/mongo/write-sessions.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

const METADATA = "mongoferry";
const HELD_MS = 2_000;

let server: ReplicaSet;
let client: MongoClient;

beforeAll(async () => {
  const args = ["--setParameter", "enableTestCommands=1"];
  server = await startReplicaSet({ name: "writes", args });
  client = await MongoClient.connect(server.uri);
});

afterAll(async () => {
  await client?.close();
  await server?.stop();
});

beforeEach(async () => {
  for (const name of ["shop", METADATA]) await client.db(name).dropDatabase();
});

function sessionsOf(epoch: number, through = client): WriteSessions {
  return new WriteSessions(through, METADATA, { migration: "m", epoch });
}

function insert(id: number): Document {
  return { insert: "orders", documents: [{ _id: id }], writeConcern: { w: "majority" } };
}

async function idsOf(): Promise<readonly unknown[]> {
  const found = await client.db("shop").collection("orders").find().sort({ _id: 1 }).toArray();
  return found.map(({ _id }) => _id);
}

describe("WriteSessions", () => {
  it("run commands beside each other, more than sessions are stored at a time", async () => {
    const sessions = sessionsOf(1);
    await Promise.all(Array.from({ length: 200 }, async (_, n) => sessions.run("shop", insert(n))));
    expect(await idsOf()).toHaveLength(200);
  });

  it("I7 of an earlier epoch write no more, whatever they have left to do", async () => {
    const earlier = sessionsOf(1);
    await Promise.all([earlier.run("shop", insert(1)), earlier.run("shop", insert(2))]);
    const now = sessionsOf(2);
    await now.fenceEarlier();
    for (let n = 3; n < 40; n++) {
      await expect(earlier.run("shop", insert(n))).rejects.toMatchObject({ code: 225 });
    }
    await now.run("shop", insert(100));
    expect(await idsOf()).toEqual([1, 2, 100]);
    expect(await client.db(METADATA).collection("write_sessions").countDocuments()).toBe(1);
  });

  it("I4 write nothing late after a connection was cut", async () => {
    await using proxy = await startTcpProxy(server.hosts[0] ?? "");
    const uri = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&retryWrites=false`;
    await using through = await MongoClient.connect(uri);
    const sessions = sessionsOf(1, through);
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
