/** What a process that follows meets and cannot, or can, get past. */
import type { CollectionInfo } from "mongodb";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { startOwnSet } from "../../support/borrow-set.ts";
import type { CliRun } from "../../support/cli-fixture.ts";
import { type FollowFixture, openFollowFixture } from "../../support/following/follow-fixture.ts";
import {
  type Keyed,
  readPhase,
  refuseEnded,
  startStreaming,
} from "../../support/following/reach-streaming.ts";

const PROMPTLY = { timeout: 20_000, interval: 100 };
const DOCUMENTS = 500;

describe("a source that has forgotten", () => {
  it("I2 stalls with what to do, and leaves what the destination has", async () => {
    await using source = await startOwnSet("source", { args: ["--oplogSize=1", "--syncdelay=1"] });
    await using fixture = await openFollowFixture({ source });
    await fill(fixture);
    const { run } = await startStreaming(fixture);
    await stop(run);
    const { position } = await readCheckpoint(fixture);
    const before = await copies(fixture);
    await rollOver(fixture, position);
    const again = await fixture.start();
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain(
      "The source does not keep its changes back to where this migration stopped: its oplog was too short for the interruption. Set desiredState: stopped and apply",
    );
    expect(await readPhase(fixture)).toBe("Stalled");
    expect(await copies(fixture)).toEqual(before);
    // Nor does another try begin behind the gap.
    const third = await fixture.start();
    expect([third.exitCode, await readPhase(fixture)]).toEqual([1, "Stalled"]);
    expect(await copies(fixture)).toEqual(before);
    expect((await readCheckpoint(fixture)).position).toEqual(position);
  }, 120_000);
});

describe("one source and destination", () => {
  let source: ReplicaSet;
  let fixture: FollowFixture;

  beforeAll(async () => {
    // It is frozen, and so is not that of the worker.
    source = await startOwnSet("source");
    fixture = await openFollowFixture({ source });
    await fill(fixture);
  });

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
    await source?.stop();
  });

  it("I7 are worked on by one process; another one is told which", async () => {
    const { run } = await startStreaming(fixture);
    const second = await fixture.start();
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(
      `process ${run.pid} on ${hostname()} runs this migration and holds its lease until 20`,
    );
    await refuseEnded(run);
    await writeOne(fixture);
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    await stop(run);
  });

  it("are followed on by the same process after a source that did not answer for 20 s", async () => {
    const { run } = await startStreaming(fixture);
    const load = await fixture.load({ seed: 41, schemaPauseMs: null });
    await sleep(1_000);
    const [pid = 0] = source.pids();
    process.kill(pid, "SIGSTOP");
    try {
      await sleep(20_000);
      await refuseEnded(run);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await sleep(1_000);
    await load.stop();
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    await stop(run);
  }, 150_000);

  it("I7 are not worked on any more by a process that was overtaken while it slept", async () => {
    const { run: first } = await startStreaming(fixture);
    const mongoferry = fixture.destinationClient.db("mongoferry");
    first.kill("SIGSTOP");
    await writeOne(fixture);
    // As if it had slept for longer than a lease lasts.
    await mongoferry.collection("leases").updateOne({}, { $set: { until: new Date(0) } });
    const { run: second } = await startStreaming(fixture);
    const lease = await mongoferry.collection("leases").findOne();
    first.kill("SIGCONT");
    const { exitCode, stderr } = await first;
    expect([exitCode, String(stderr).split("\n").at(-1)]).toEqual([
      1,
      expect.stringContaining("Another process has taken this migration over"),
    ]);
    await refuseEnded(second);
    await writeOne(fixture);
    expect(await fixture.waitUntilEqual(second)).toEqual([]);
    const checkpoint = await mongoferry.collection("checkpoints").findOne();
    expect(checkpoint?.["epoch"]).toBe(lease?.["epoch"]);
    expect(await readPhase(fixture)).toBe("Streaming");
    await stop(second);
  }, 90_000);

  it("are followed on once a full disk has room again; meanwhile a condition says so", async () => {
    const { run } = await startStreaming(fixture);
    const admin = fixture.destinationClient.db("admin");
    const OutOfDiskSpace = 14_031;
    await admin.command({
      configureFailPoint: "failCommand",
      mode: "alwaysOn",
      data: {
        failCommands: ["insert", "update", "delete", "commitTransaction"],
        namespace: "store.orders",
        errorCode: OutOfDiskSpace,
      },
    });
    const following = async (): Promise<unknown> => {
      const found = await fixture.destinationClient
        .db("mongoferry")
        .collection("migrations")
        .findOne();
      const conditions: readonly { type: string }[] = found?.["conditions"] ?? [];
      return conditions.find(({ type }) => type === "Following");
    };
    try {
      await writeOne(fixture);
      await expect
        .poll(following, PROMPTLY)
        .toMatchObject({ status: "false", message: expect.stringContaining("store.orders") });
      await refuseEnded(run);
    } finally {
      await admin.command({ configureFailPoint: "failCommand", mode: "off" });
    }
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    await expect.poll(following, PROMPTLY).toMatchObject({ status: "true" });
    await stop(run);
  }, 90_000);

  it("I5 are not followed without a collection that somebody has dropped at the destination", async () => {
    const { run } = await startStreaming(fixture);
    const target = fixture.destinationClient.db("store").collection("orders");
    await target.drop();
    await writeOne(fixture);
    // What it does may be either, but it may not go on as if nothing were amiss.
    await Promise.race([run, isComplete(fixture)]);
    if (run.exitCode === null) await stop(run);
    else {
      const { exitCode, stderr } = await run;
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/on store\.orders: .* Something else dropped, replaced or renamed/u);
      expect(await readPhase(fixture)).toBe("Stalled");
    }
    const { run: next } = await startStreaming(fixture);
    expect(await fixture.waitUntilEqual(next)).toEqual([]);
    expect(await isComplete(fixture)).toBe(true);
    await stop(next);
  });

  it("I5 are not followed into a collection that somebody has made in the place of one of ours", async () => {
    const { run } = await startStreaming(fixture);
    const target = fixture.destinationClient.db("store").collection<Keyed>("orders");
    await target.drop();
    await target.insertOne({ _id: "of somebody else" });
    await writeOne(fixture);
    const { exitCode, stderr } = await run;
    expect([exitCode, await readPhase(fixture)]).toEqual([1, "Stalled"]);
    expect(stderr).toMatch(/store\.orders/u);
    expect(await target.find().toArray()).toEqual([{ _id: "of somebody else" }]);
    await target.drop();
    const { run: next } = await startStreaming(fixture);
    expect(await fixture.waitUntilEqual(next)).toEqual([]);
    await stop(next);
  });

  it("are not followed from where another deployment was left", async () => {
    const checkpoints = fixture.destinationClient.db("mongoferry").collection("checkpoints");
    const before = await copies(fixture);
    const { position, sourceIdentity } = await readCheckpoint(fixture);
    const other = "another 0123456789abcdef01234567";
    await checkpoints.updateOne({}, { $set: { sourceIdentity: other } });
    await writeOne(fixture);
    const { exitCode, stderr } = await fixture.start();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`this run follows ${other}: another deployment has another history`);
    expect(await readPhase(fixture)).toBe("Stalled");
    expect(await copies(fixture)).toEqual(before);
    expect(await readCheckpoint(fixture)).toEqual({ position, sourceIdentity: other });
    await checkpoints.updateOne({}, { $set: { sourceIdentity } });
    const { run } = await startStreaming(fixture);
    expect(await fixture.waitUntilEqual(run)).toEqual([]);
    await stop(run);
  });

  it("are not followed on with a time series, whose changes nobody is told", async () => {
    const { run } = await startStreaming(fixture);
    const shop = fixture.sourceClient.db("shop");
    await shop.createCollection("weather", { timeseries: { timeField: "at" } });
    const { exitCode, stderr } = await run;
    expect([exitCode, await readPhase(fixture)]).toEqual([1, "Stalled"]);
    expect(stderr).toContain("time-series collections: shop.weather");
    await shop.collection("weather").drop();
    await writeOne(fixture);
    const { run: next } = await startStreaming(fixture);
    expect(await fixture.waitUntilEqual(next)).toEqual([]);
    await stop(next);
  });
});

async function fill({ sourceClient }: FollowFixture): Promise<void> {
  for (const [db, coll] of [
    ["shop", "orders"],
    ["crm", "users"],
  ] as const) {
    const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({
      _id: n,
      text: `${coll} ${n}`,
    }));
    await sourceClient.db(db).collection<Keyed>(coll).insertMany(documents);
  }
}

async function writeOne({ sourceClient }: FollowFixture): Promise<void> {
  const orders = sourceClient.db("shop").collection<Keyed>("orders");
  await orders.updateOne({ _id: 0 }, { $inc: { writes: 1 } });
}

/** Writes until the oplog begins behind that time. */
async function rollOver({ sourceClient }: FollowFixture, from: bigint): Promise<void> {
  const oplog = sourceClient.db("local").collection("oplog.rs");
  const text = "x".repeat(100_000);
  const deadline = performance.now() + 60_000;
  for (;;) {
    const [oldest] = await oplog
      .find({}, { promoteValues: false })
      .sort({ $natural: 1 })
      .limit(1)
      .toArray();
    if (oldest !== undefined && oldest["ts"].toBigInt() > from) return;
    if (performance.now() > deadline) throw new Error("the oplog keeps all");
    const documents = Array.from({ length: 20 }, () => ({ text }));
    await sourceClient.db("elsewhere").collection("rolling").insertMany(documents);
  }
}

async function stop(run: CliRun): Promise<void> {
  run.kill("SIGTERM");
  const { exitCode, stderr } = await run;
  expect(exitCode, String(stderr)).toBe(75);
}

async function readCheckpoint({ destinationClient }: FollowFixture) {
  const found = await destinationClient.db("mongoferry").collection("checkpoints").findOne();
  if (found === null) throw new Error("there is no checkpoint");
  const position: bigint = found["clusterTime"].toBigInt();
  return { position, sourceIdentity: String(found["sourceIdentity"]) };
}

/** What is at the destination: which collections, and how much is in each. */
async function copies({ destinationClient }: FollowFixture): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const name of ["store", "crm"]) {
    const db = destinationClient.db(name);
    for (const { name: coll, info } of await db.listCollections<CollectionInfo>().toArray()) {
      found.push([name, coll, String(info?.["uuid"]), await db.collection(coll).countDocuments()]);
    }
  }
  return found.toSorted();
}

/** Waits until the collection that was dropped has been copied again. */
async function isComplete({ sourceClient, destinationClient }: FollowFixture): Promise<true> {
  const orders = destinationClient.db("store").collection("orders");
  const wanted = await sourceClient.db("shop").collection("orders").countDocuments();
  await expect.poll(async () => orders.countDocuments(), PROMPTLY).toBe(wanted);
  return true;
}
