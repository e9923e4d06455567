import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { listCollections } from "../../../src/mongo/catalog.ts";

let server: BorrowedSet;
let client: MongoClient;

beforeAll(async () => {
  server = await borrowSet("source");
  client = await MongoClient.connect(server.uri);
});

afterAll(async () => {
  await client?.close();
});

it("finds each collection once, with its indexes, however often others rename, drop and create", async () => {
  const shop = client.db("shop");
  for (let n = 0; n < 30; n++) await shop.createCollection(`c${n}`);
  await shop.collection("kept").createIndex({ a: 1 });
  await shop.collection("other").createIndex({ b: 1 });
  const over = new AbortController();
  const rename = async (): Promise<void> => {
    while (!over.signal.aborted) {
      // Each of the two gets the other's name.
      await shop.renameCollection("kept", "between");
      await shop.renameCollection("other", "kept");
      await shop.renameCollection("between", "other");
    }
  };
  const churn = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await shop.createCollection("short_lived");
      await shop.dropCollection("short_lived");
    }
  };
  const look = async (): Promise<void> => {
    try {
      for (let n = 0; n < 40; n++) {
        const found = await listCollections(client, ["shop"]);
        const stable = found.filter(({ namespace }) => namespace.coll !== "short_lived");
        expect(new Set(stable.map(({ uuid }) => uuid)).size).toBe(32);
        expect(stable.length).toBe(32);
        expect(stable.every(({ indexes }) => indexes.length > 0)).toBe(true);
      }
    } finally {
      over.abort();
    }
  };
  await Promise.all([rename(), churn(), look()]);
});
