import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAllRaw } from "../../../src/mongo/raw-cursor.ts";
import { borrowSet } from "../../support/borrow-set.ts";

let client: MongoClient;

beforeAll(async () => {
  const { uri } = await borrowSet("source");
  client = await MongoClient.connect(uri);
});

afterAll(async () => {
  await client?.close();
});

describe("a raw cursor", () => {
  it("gives up a reply that never comes, so that it is asked for anew", async () => {
    await client.db("shop").collection("orders").insertOne({ a: 1 });
    const request = {
      operation: "read documents",
      namespace: { db: "shop", coll: "orders" },
      command: { find: "orders" },
    };
    await client.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 1 },
      data: { failCommands: ["find"], blockConnection: true, blockTimeMS: 5_000 },
    });
    await expect(readAllRaw(client, { ...request, replyWithinMs: 300 })).rejects.toMatchObject({
      isRetryable: true,
      message: expect.stringContaining("no reply within 0.3 s"),
    });
    expect(await readAllRaw(client, request)).toHaveLength(1);
  });
});
