/** Indexes that a process has asked the destination for, and was killed before it knew that they were built. */
import type { Db } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { startStreaming } from "../../support/following/reach-streaming.ts";

const PROMPTLY = { timeout: 30_000, interval: 50 };
const FAIL_POINT = { configureFailPoint: "hangAfterStartingIndexBuild" };

let fixture: FollowFixture;
let shop: Db;
let store: Db;

beforeAll(async () => {
  fixture = await openFollowFixture();
  shop = fixture.sourceClient.db("shop");
  store = fixture.destinationClient.db("store");
  await fixture.sourceClient.db("crm").collection("users").insertOne({ a: 1 });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

async function indexesOf(name: string): Promise<readonly string[]> {
  const exists = (await store.listCollections({ name }).toArray()).length > 0;
  return exists ? (await store.collection(name).indexes()).map((index) => String(index.name)) : [];
}

it("I3 follows what becomes of them at the source, from the copy on", async () => {
  await shop.collection("orders").insertOne({ a: 1, b: 1, c: 1 });
  await shop.collection("orders").createIndex({ a: 1 }, { name: "dropped" });
  await shop.collection("orders").createIndex({ b: 1 }, { name: "altered" });
  const admin = fixture.destinationClient.db("admin");
  await admin.command({ ...FAIL_POINT, mode: "alwaysOn" });
  const first = fixture.start();
  await expect.poll(async () => indexesOf("orders"), PROMPTLY).toContain("altered");
  first.kill("SIGKILL");
  await first;
  await admin.command({ ...FAIL_POINT, mode: "off" });
  await shop.collection("orders").dropIndex("dropped");
  await shop.collection("orders").dropIndex("altered");
  await shop.collection("orders").createIndex({ c: -1 }, { name: "altered" });
  const { run } = await startStreaming(fixture);
  expect(await fixture.waitUntilEqual(run)).toEqual([]);
  const altered = (await store.collection("orders").indexes()).find((i) => i.name === "altered");
  expect(altered?.key).toEqual({ c: -1 });
  expect(await indexesOf("orders")).toEqual(["_id_", "altered"]);
  run.kill("SIGTERM");
  await run;
}, 120_000);

it("I3 follows what becomes of them at the source, from a look on", async () => {
  const { run } = await startStreaming(fixture);
  const admin = fixture.destinationClient.db("admin");
  await admin.command({ ...FAIL_POINT, mode: "alwaysOn" });
  await shop.collection("fresh").createIndex({ a: 1 }, { name: "of_the_copy" });
  await shop.collection("fresh").insertOne({ a: 1 });
  await expect.poll(async () => indexesOf("fresh"), PROMPTLY).toContain("of_the_copy");
  run.kill("SIGKILL");
  await run;
  await admin.command({ ...FAIL_POINT, mode: "off" });
  await shop.collection("fresh").dropIndex("of_the_copy");
  const { run: second } = await startStreaming(fixture);
  expect(await fixture.waitUntilEqual(second)).toEqual([]);
  expect(await indexesOf("fresh")).toEqual(["_id_"]);
  second.kill("SIGTERM");
  await second;
}, 120_000);
