/** Documents read from a secondary of a real set, whose members come and go. */
import { BSON, type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { PinnedSecondary } from "../../../src/mongo/pinned-secondary.ts";
import { splitDocuments } from "../../../src/mongo/raw-bson.ts";
import { MongoSource } from "../../../src/mongo/source.ts";
import type { ReadRequest } from "../../../src/ports.ts";

const COUNT = 30_000;
const NEVER = new AbortController().signal;
const REQUEST: ReadRequest = {
  namespace: { db: "shop", coll: "orders" },
  uuid: null,
  range: { min: null, max: null },
  filter: null,
  after: null,
  notBefore: null,
  batchBytes: 100_000,
  averageDocumentBytes: null,
};

let set: ReplicaSet;
let primary: MongoClient;
const members = new Map<string, MongoClient>();
const said: string[] = [];

beforeAll(async () => {
  set = await startReplicaSet({ members: 3 });
  primary = await MongoClient.connect(set.uri);
  const documents = Array.from({ length: COUNT }, (_, i) => ({ _id: i as never, n: i }));
  await primary.db("shop").collection("orders").insertMany(documents);
});

afterAll(async () => {
  await Promise.all([primary, ...members.values()].map((client) => client?.close()));
  await set?.stop();
});

/** A client of one member, for the test to look at it. */
async function memberAt(host: string): Promise<MongoClient> {
  const known = members.get(host);
  if (known !== undefined) return known;
  const client = await MongoClient.connect(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 5_000,
  });
  members.set(host, client);
  return client;
}

function open(): MongoSource {
  const secondary = new PinnedSecondary({
    primary,
    openMember: memberAt,
    say: (message) => said.push(message),
  });
  const source = new MongoSource(primary, "source", () => {}, secondary);
  source.readDocumentsFrom("secondary");
  return source;
}

/** Reads and getMores of documents that each member has carried out. */
async function readsOf(host: string): Promise<number> {
  const { opcounters } = await (await memberAt(host)).db("admin").command({ serverStatus: 1 });
  return Number(opcounters.getmore) + Number(opcounters.query);
}

async function readAll(
  source: MongoSource,
  request: ReadRequest,
  onBatch: (batch: number) => Promise<void> = async () => {},
): Promise<readonly Document[]> {
  const documents: Document[] = [];
  let count = 0;
  for await (const { bytes } of source.readBatches(request, NEVER)) {
    for (const document of splitDocuments(bytes)) documents.push(BSON.deserialize(document));
    await onBatch(count++);
  }
  return documents;
}

function pinned(): string {
  return /secondary (\S+)$/u.exec(said.at(-1) ?? "")?.[1] ?? "";
}

it("reads from one secondary, and what was written a moment ago", async () => {
  const source = open();
  const orders = primary.db("shop").collection("orders");
  for (let round = 0; round < 20; round++) {
    await orders.updateOne({ _id: 0 as never }, { $set: { n: round } });
    const last = { ...REQUEST, range: { min: null, max: BSON.serialize({ _id: 1 }) } };
    expect(
      await readAll(source, { ...last, range: REQUEST.range, batchBytes: 1_000_000 }),
    ).toSatisfy(
      (found: readonly Document[]) => found.length === COUNT && found[0]?.["n"] === round,
    );
  }
  expect(said).toEqual([`Reads documents from the secondary ${pinned()}`]);
  const host = pinned();
  const primaryHost = await set.primaryHost();
  expect(set.hosts).toContain(host);
  expect(host).not.toBe(primaryHost);
  const before = new Map<string, number>();
  for (const each of set.hosts) before.set(each, await readsOf(each));
  await readAll(source, REQUEST);
  const read = async (each: string): Promise<number> =>
    (await readsOf(each)) - (before.get(each) ?? 0);
  // A few hundred replies from there; replication itself asks the primary, or another secondary, too.
  expect(await read(host)).toBeGreaterThan(5);
  await orders.updateOne({ _id: 0 as never }, { $set: { n: 0 } });
}, 120_000);

it("goes on from another member when that one is lost, and with the primary while it is alone", async () => {
  said.length = 0;
  const source = open();
  let lost = "";
  const documents = await readAll(source, REQUEST, async (batch) => {
    if (batch !== 2) return;
    lost = pinned();
    await set.killMember(lost);
  });
  expect(documents.map(({ n }) => n)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  expect(said).toHaveLength(2);
  expect(pinned()).not.toBe(lost);
  await set.startMember(lost);

  source.readDocumentsFrom("primary");
  expect(await readAll(source, REQUEST)).toHaveLength(COUNT);
  expect(said).toHaveLength(2);
}, 120_000);

it("takes the primary where there is no secondary, and says so once", async () => {
  said.length = 0;
  const alone = await startReplicaSet({ name: "alone" });
  const client = await MongoClient.connect(alone.uri);
  try {
    await client.db("shop").collection("orders").insertOne({ n: 1 });
    const secondary = new PinnedSecondary({
      primary: client,
      openMember: memberAt,
      say: (message) => said.push(message),
    });
    const source = new MongoSource(client, "source", () => {}, secondary);
    source.readDocumentsFrom("secondary");
    expect(await readAll(source, REQUEST)).toHaveLength(1);
    expect(await readAll(source, REQUEST)).toHaveLength(1);
    expect(said).toEqual([
      "Reads documents from the primary: there is no secondary that can be used",
    ]);
  } finally {
    await client.close();
    await alone.stop();
  }
}, 60_000);
