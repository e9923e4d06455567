/** Capped, clustered and time-series collections between real servers, also after an interruption. */
import type { Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { amountsKept } from "../../../src/copy/amounts-kept.ts";
import { copyCollections } from "../../../src/copy/copy-collections.ts";
import { ProgressBoard } from "../../../src/copy/progress-board.ts";
import { selectObjects } from "../../../src/model/select-objects.ts";
import type { DestinationDeployment } from "../../../src/ports.ts";
import { ONCE_AT_REST, verifyObjects } from "../../../src/verify/verify-objects.ts";
import { type CopyFixture, migrationOf, openCopyFixture } from "../../support/copy-fixture.ts";
import { unlimitedLoad } from "../../support/unlimited-load.ts";

const MIGRATION = migrationOf("kinds", [
  { database: "shop", as: "store", collections: null, functions: false, exclude: [] },
]);
const COUNT = 12_000;
/** For `configureFailPoint`. */

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
  await ends.destinationClient.db("store").dropDatabase();
  await ends.destinationClient.db("mongoferry").dropDatabase();
});

const CAPPED = { create: "log", capped: true, size: 64 * 1024 * 1024, max: 50_000 };
const CLUSTERED = {
  create: "events",
  clusteredIndex: { key: { _id: 1 }, unique: true, name: "by time" },
};
const TIME_SERIES = {
  create: "weather",
  timeseries: { timeField: "at", metaField: "place", granularity: "minutes" },
  expireAfterSeconds: 864_000_000,
};

const KINDS = [
  ["capped", CAPPED, "log", COUNT],
  ["clustered", CLUSTERED, "events", COUNT],
  ["time-series", TIME_SERIES, "system.buckets.weather", 6_000],
] as const;

describe("kinds of collections", () => {
  it.each(KINDS)(
    "I3 copies a %s one exactly, also after an interruption",
    async (_, options, raw, count) => {
      const { create } = options;
      await fill(options, count);
      await expect(copy(cutting(3))).rejects.toThrow("cut");
      const board = await copy(null);
      const expected = await contents("source", create, raw);
      expect(board.snapshot()).toMatchObject([{ copiedDocuments: expected.documents.length }]);
      expect(expected.documents.length).toBeGreaterThan(100);
      expect(await contents("destination", create, raw)).toEqual(expected);
      expect(await verify()).toMatchObject([{ isEqual: true, targetDocuments: count }]);
      expect((await ends.plan(MIGRATION)).actions).toEqual([]);
    },
  );

  it.each(KINDS)(
    "I3 copies a %s one exactly over lost connections and writes that are in doubt",
    async (_, options, raw, count) => {
      await fill(options, count);
      await failTwice(ends.sourceClient, { failCommands: ["getMore"], closeConnection: true });
      // The documents arrive, but nobody learns of it.
      const writeConcernError = { code: 64, errmsg: "waiting for replication timed out" };
      await failTwice(ends.destinationClient, { failCommands: ["insert"], writeConcernError });
      await copy(null);
      const expected = await contents("source", options.create, raw);
      expect(await contents("destination", options.create, raw)).toEqual(expected);
    },
  );

  it("finds documents of a capped collection in another order", async () => {
    await fill(CAPPED, 3);
    await copy(null);
    const log = ends.destinationClient.db("store");
    await log.collection("log").drop();
    await log.command(CAPPED);
    await log.collection("log").insertMany(documentsOf(3).slice(1));
    await log.collection("log").insertMany(documentsOf(1));
    expect(await verify()).toMatchObject([{ isEqual: false }]);
  });
});

/** Keys in an order of their own, so that natural order and order by key differ. */
function documentsOf(count: number): Document[] {
  const text = "lorem ipsum ".repeat(80);
  return Array.from({ length: count }, (_, i) => ({
    _id: (i * 7_919) % 1_000_003,
    at: new Date(1_600_000_000_000 + i * 100_000_000),
    place: i % 7,
    text,
  })) as unknown as Document[];
}

async function fill(options: Document, count: number): Promise<void> {
  const shop = ends.sourceClient.db("shop");
  await shop.command(options);
  const collection = shop.collection(String(options.create));
  const documents = documentsOf(count);
  for (let from = 0; from < count; from += 2_000) {
    await collection.insertMany(documents.slice(from, from + 2_000));
  }
  await collection.createIndex({ place: 1, at: -1 });
}

async function failTwice(client: MongoClient, data: Document): Promise<void> {
  const command = { configureFailPoint: "failCommand", mode: { times: 2 }, data };
  await client.db("admin").command(command);
}

/** Cuts the copy at its nth batch, when that was written but before anyone knows. */
function cutting(batches: number): (real: DestinationDeployment) => DestinationDeployment {
  let left = batches;
  return (real) =>
    new Proxy(real, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "writeBatch") return value.bind(target) as unknown;
        return async (...args: Parameters<DestinationDeployment["writeBatch"]>) => {
          await real.writeBatch(...args);
          left--;
          if (left <= 0) throw new Error("cut");
        };
      },
    });
}

async function copy(
  change: ((real: DestinationDeployment) => DestinationDeployment) | null,
): Promise<ProgressBoard> {
  const plan = await ends.plan(MIGRATION);
  const lease = await ends.store.acquireLease("kinds");
  try {
    const tools = await ends.tools(lease, plan);
    const target = change === null ? tools.destination : change(tools.destination);
    const amounts = await ends.store.sumProgress("kinds");
    const records = await ends.store.listCollectionRecords("kinds");
    const board = new ProgressBoard(plan, amountsKept(plan, amounts, records, tools.runSeq));
    await copyCollections(plan, { ...tools, board, destination: target, load: unlimitedLoad(2) });
    return board;
  } finally {
    await lease.release();
  }
}

async function verify(): Promise<unknown> {
  const facts = {
    sourceDatabases: ["shop"],
    sourceCollections: await ends.source.listCollections(["shop"]),
    destinationCollections: await ends.destination.listCollections(["store"]),
    ownedTargets: await ends.store.listCollectionRecords("kinds"),
  };
  const signal = new AbortController().signal;
  const tools = { source: ends.source, destination: ends.destination, workers: 2, signal };
  const { objects } = selectObjects(MIGRATION, facts);
  return verifyObjects(objects, { ...ONCE_AT_REST, ...tools, onCompared() {} });
}

async function contents(
  end: "source" | "destination",
  name: string,
  raw: string,
): Promise<{ documents: string[]; options: unknown; indexes: unknown }> {
  const client = end === "source" ? ends.sourceClient : ends.destinationClient;
  const db = client.db(end === "source" ? "shop" : "store");
  const found = await db
    .collection(raw)
    .find({}, { raw: true, hint: { $natural: 1 } })
    .toArray();
  const [listed] = await db.listCollections({ name }).toArray();
  return {
    documents: found.map((each) => Buffer.from(each as unknown as Uint8Array).toString("base64")),
    options: listed !== undefined && "options" in listed ? listed.options : null,
    indexes: await db.collection(name).indexes(),
  };
}
