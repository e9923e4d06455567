/** Collections that `$out` and `mapReduce` make at the source while it is followed: under a temporary name, then in the place of others. */
import type { Db } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { startOwnSet } from "../../support/borrow-set.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { startStreaming } from "../../support/following/reach-streaming.ts";

let source: ReplicaSet;
let fixture: FollowFixture;
let shop: Db;
let store: Db;

beforeAll(async () => {
  source = await startOwnSet("source", {
    args: ["--setParameter=internalDocumentSourceCursorBatchSizeBytes=4096"],
  });
  fixture = await openFollowFixture({ source });
  shop = fixture.sourceClient.db("shop");
  store = fixture.destinationClient.db("store");
  await fixture.cli.writeSpec("follow", [
    "mode: full-and-incremental",
    "objects: [{database: shop, as: store}, {database: crm}]",
  ]);
  await fixture.sourceClient.db("crm").collection("users").insertOne({ a: 1 });
  const text = "x".repeat(500);
  const orders = Array.from({ length: 5_000 }, (_, n) => ({ n, by: n % 100, text }));
  await shop.collection("orders").insertMany(orders);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await source?.stop();
});

it("I5 follows what is aggregated again and again over what is there, while others write", async () => {
  await aggregate(0);
  await shop.collection("totals").createIndex({ round: 1 });
  const { run } = await startStreaming(fixture);
  const over = new AbortController();
  const writing = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      await shop.collection("orders").insertOne({ n: -n, by: n % 100 });
      await shop.collection("totals").updateOne({}, { $set: { written: n } });
    }
  })();
  for (let round = 1; round <= 12; round++) {
    await Promise.all([aggregate(round), reduce()]);
    await shop.createCollection(`made_${round}`);
  }
  over.abort();
  await writing;
  expect(await fixture.waitUntilEqual(run)).toEqual([]);
  expect([run.exitCode, run.signalCode]).toEqual([null, null]);
  run.kill("SIGTERM");
  await run;
}, 180_000);

it("I8 leaves alone what is being made under a temporary name", async () => {
  const { run } = await startStreaming(fixture);
  const admin = fixture.sourceClient.db("admin");
  const failPoint = "outWaitAfterTempCollectionCreation";
  await admin.command({ configureFailPoint: failPoint, mode: "alwaysOn" });
  const aggregated = aggregate(100);
  const inTheMaking = () => shop.listCollections({ name: /^tmp\.agg_out\./u }).toArray();
  await expect.poll(inTheMaking, { timeout: 10_000 }).toHaveLength(1);
  await shop.createCollection("meanwhile");
  const copied = () => store.listCollections({ name: "meanwhile" }).toArray();
  await expect.poll(copied, { timeout: 20_000 }).toHaveLength(1);
  expect(await store.listCollections({ name: /^tmp\./u }).toArray()).toEqual([]);
  await admin.command({ configureFailPoint: failPoint, mode: "off" });
  await aggregated;
  expect(await fixture.waitUntilEqual(run)).toEqual([]);
  run.kill("SIGTERM");
  await run;
}, 120_000);

async function aggregate(round: number): Promise<void> {
  const grouped = { $group: { _id: "$by", count: { $sum: 1 }, texts: { $push: "$text" } } };
  const stages = [grouped, { $set: { round } }, { $out: "totals" }];
  await shop.collection("orders").aggregate(stages).toArray();
}

async function reduce(): Promise<void> {
  await shop.command({
    mapReduce: "orders",
    map: "function () { emit(this.by, 1); }",
    reduce: "function (key, values) { return Array.sum(values); }",
    out: "reduced",
  });
}
