/** A copy that takes longer than the source remembers its changes. */
import type { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPrinted } from "../../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";

/** MB. Servers forget what they no longer need once a checkpoint of their own is written. */
const SMALL_OPLOG = ["--oplogSize=4", "--syncdelay=1"];
/** Long enough for the copy never to end before the source has forgotten its beginning. */
const WRITE_DELAY_MS = 4_000;

let fixture: FollowFixture;

beforeAll(async () => {
  fixture = await openFollowFixture({ sourceArgs: SMALL_OPLOG, spec: ["journal: always"] });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

async function oldestTime(client: MongoClient): Promise<number> {
  const [oldest] = await client
    .db("local")
    .collection("oplog.rs")
    .find({}, { sort: { $natural: 1 }, limit: 1 })
    .toArray();
  return Number(oldest?.["ts"].high);
}

async function slowDown(client: MongoClient, blockTimeMS: number): Promise<void> {
  await client.db("admin").command({
    configureFailPoint: "failCommand",
    mode: blockTimeMS === 0 ? "off" : "alwaysOn",
    data: {
      failCommands: ["insert"],
      namespace: "store.orders",
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
    await sourceClient.db("crm").collection("users").insertOne({ name: "Ada" });
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

async function checkpointTime(client: MongoClient): Promise<number | null> {
  const found = await client.db("mongoferry").collection("checkpoints").findOne();
  return found === null ? null : Number(found["clusterTime"].high);
}
