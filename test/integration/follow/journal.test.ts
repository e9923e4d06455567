/** A copy that takes longer than the source remembers its changes. */
import type { Db, MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { startOwnSet } from "../../support/borrow-set.ts";
import { type CliRun, hasPrinted } from "../../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import { type Keyed, startStreaming } from "../../support/following/reach-streaming.ts";

/** MB. Servers forget what they no longer need once a checkpoint of their own is written. */
const SMALL_OPLOG = ["--oplogSize=4", "--syncdelay=1"];
/** Long enough for the copy never to end before the source has forgotten its beginning. */
const WRITE_DELAY_MS = 4_000;

let source: ReplicaSet;
let fixture: FollowFixture;

beforeAll(async () => {
  source = await startOwnSet("source", { args: SMALL_OPLOG });
  fixture = await openFollowFixture({ source, spec: ["journal: always"] });
  await fixture.sourceClient.db("crm").collection("users").insertOne({ name: "Ada" });
  const text = "x".repeat(2_000);
  const big = fixture.sourceClient.db("shop").collection<Keyed>("tmp_big");
  for (let from = 0; from < 20_000; from += 5_000) {
    await big.insertMany(Array.from({ length: 5_000 }, (_, n) => ({ _id: from + n, text, n: 0 })));
  }
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await source?.stop();
});

async function oldestTime(client: MongoClient): Promise<number> {
  const [oldest] = await client
    .db("local")
    .collection("oplog.rs")
    .find({}, { sort: { $natural: 1 }, limit: 1 })
    .toArray();
  return Number(oldest?.["ts"].high);
}

async function slowDown(
  client: MongoClient,
  blockTimeMS: number,
  namespace = "store.orders",
): Promise<void> {
  await client.db("admin").command({
    configureFailPoint: "failCommand",
    mode: blockTimeMS === 0 ? "off" : "alwaysOn",
    data: {
      failCommands: ["insert"],
      namespace,
      blockConnection: true,
      blockTimeMS,
    },
  });
}

describe("a copy that outlasts the source's oplog", () => {
  it("I2 I3 ends equal, also where it is killed in between", async () => {
    const { sourceClient, destinationClient } = fixture;
    const orders = sourceClient.db("shop").collection("orders");
    const text = "x".repeat(2_000);
    for (let from = 0; from < 60_000; from += 5_000) {
      const documents = Array.from({ length: 5_000 }, (_, n) => ({ _id: from + n, text, n: 0 }));
      await orders.insertMany(documents as never[]);
    }
    await slowDown(destinationClient, WRITE_DELAY_MS);
    const first = fixture.start();
    await hasPrinted(first, "Keeps at the destination what changes meanwhile");
    await sleep(1_000);
    const beganAt = (await checkpointTime(destinationClient)) ?? 0;
    let changes = 0;
    const change = async (): Promise<void> => {
      const _id = (changes * 7_919) % 60_000;
      changes++;
      if (changes % 5 === 0) await orders.deleteOne({ _id: _id as never });
      else if (changes % 7 === 0) await orders.insertOne({ _id: -changes as never, text });
      else
        await orders.updateOne(
          { _id: _id as never },
          { $set: { n: changes, text: `${text}${changes}` } },
        );
    };
    const deadline = performance.now() + 90_000;
    let isKilled = false;
    let run = first;
    while ((await oldestTime(sourceClient)) <= beganAt && performance.now() < deadline) {
      await Promise.all(Array.from({ length: 50 }, change));
      if (!isKilled && changes > 1_500) {
        isKilled = true;
        run.kill("SIGKILL");
        await run;
        run = fixture.start();
        await hasPrinted(run, "Keeps at the destination what changes meanwhile");
      }
    }
    expect(
      await oldestTime(sourceClient),
      "the source has forgotten the beginning",
    ).toBeGreaterThan(beganAt);
    expect(await checkpointTime(destinationClient), "nothing is applied yet").toBe(beganAt);
    expect(
      await destinationClient.db("mongoferry").collection("journal").countDocuments(),
    ).toBeGreaterThan(0);
    await slowDown(destinationClient, 0);
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
    expect(await destinationClient.db("mongoferry").collection("journal").countDocuments()).toBe(0);
  }, 300_000);
});

describe("a collection that is copied while others are followed", () => {
  it("I2 I3 outlasts the source's oplog, also where it is killed in between", async () => {
    const { sourceClient, destinationClient } = fixture;
    const shop = sourceClient.db("shop");
    const { run: first } = await startStreaming(fixture);
    await slowDown(destinationClient, WRITE_DELAY_MS, "store.big");
    await shop.renameCollection("tmp_big", "big");
    await hasPrinted(first, "Keeps at the destination what changes meanwhile");
    const { run } = await outlast(first, shop);
    await slowDown(destinationClient, 0, "store.big");
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
    expect(await destinationClient.db("mongoferry").collection("journal").countDocuments()).toBe(0);
  }, 300_000);
});

/** Changes documents until the source has forgotten where the following was, and kills the program once meanwhile. */
async function outlast(first: CliRun, shop: Db): Promise<{ readonly run: CliRun }> {
  const { sourceClient, destinationClient } = fixture;
  const beganAt = (await checkpointTime(destinationClient)) ?? 0;
  const [big, orders] = [shop.collection<Keyed>("big"), shop.collection<Keyed>("orders")];
  const deadline = performance.now() + 90_000;
  let run = first;
  for (let n = 1; (await oldestTime(sourceClient)) <= beganAt; n++) {
    if (performance.now() > deadline) throw new Error("the source still knows the beginning");
    await big.updateOne({ _id: n }, { $set: { n, text: "y".repeat(20_000) } });
    await orders.updateOne({ _id: n * 3 }, { $set: { text: "z".repeat(20_000) } });
    await big.deleteOne({ _id: 20_000 - n });
    if (n !== 20) continue;
    run.kill("SIGKILL");
    await run;
    run = fixture.start();
    await hasPrinted(run, "Keeps at the destination what changes meanwhile");
  }
  return { run };
}

async function checkpointTime(client: MongoClient): Promise<number | null> {
  const found = await client.db("mongoferry").collection("checkpoints").findOne();
  return found === null ? null : Number(found["clusterTime"].high);
}
