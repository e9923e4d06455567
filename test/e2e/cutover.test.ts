/** Moving the workload, as a user does it: the spec says cutover, and the process that follows obeys. */
import { type Document, MongoClient } from "mongodb";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDatabase } from "../support/compare-databases.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import {
  type Keyed,
  readCondition,
  readPhase,
  startStreaming,
} from "../support/following/reach-streaming.ts";

const SPEC = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const cutover = (settings: string): readonly string[] => [
  ...SPEC,
  "desiredState: cutover",
  `cutover: {${settings}}`,
];
const DOCUMENTS = 2_000;
const SOON = { timeout: 20_000, interval: 100 };

let fixture: FollowFixture;

beforeEach(async () => {
  fixture = await openFollowFixture();
  await fill(fixture.sourceClient);
  await fixture.cli.writeSpec("follow", SPEC);
});

afterEach(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

describe("a cutover", () => {
  it("I6 ends with equal bytes, indexes and options, and says what to do", async () => {
    const { run } = await startStreaming(fixture);
    const forecast = async () => fixture.cli.start(["cutover", "--dry-run"]);
    await expect.poll(async () => (await forecast()).exitCode, SOON).toBe(0);
    const { stdout: said } = await forecast();
    expect(flat(said)).toContain("follow: a cutover could begin now");
    expect(said).toContain("store.orders: index number_1 becomes unique");
    expect(said).toContain("store.orders: index text_1 becomes hidden");
    expect(said).toContain("store.log: cappedSize");
    expect(said).toMatch(
      /5\. Documents may expire .*\n +store\.orders: index at_1 becomes expire/u,
    );
    const refused = await fixture.cli.start(["cutover"]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining("a cutover is asked for in the spec"),
    ]);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    const { exitCode, stderr, stdout } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    expect(flat(stdout)).toMatch(
      /Completed: done, after .* Point the application at destination\./u,
    );
    await expectEqual();
    expect(await readOptions("store")).toEqual(await readOptions("shop"));
    const report = await readFile(
      join(fixture.cli.directory, "state", "follow", "report.md"),
      "utf8",
    );
    expect(report).toContain("## Cutover");
    expect(report).toContain("Source and destination are equal");
    // The spec still says cutover.
    const again = await fixture.start();
    expect([again.exitCode, await readPhase(fixture)], again.stderr).toEqual([0, "Completed"]);
    const verified = await fixture.cli.start(["verify"]);
    expect(verified.exitCode, String(verified.stdout)).toBe(0);
    const drift = await fixture.cli.start(["plan", "--drift", "--detailed-exitcode"]);
    expect(drift.exitCode, String(drift.stdout)).toBe(0);
    const status = await fixture.cli.start(["status"]);
    expect(flat(status.stdout)).toContain("Finalized is true");
  }, 120_000);

  it("I6 waits while the source is written to, and brings what is written until it is quiet", async () => {
    const { run } = await startStreaming(fixture);
    const orders = fixture.sourceClient.db("shop").collection<Keyed>("orders");
    const isWriting = { now: true };
    const writing = (async () => {
      for (let n = 0; isWriting.now; n++) {
        await orders.updateOne({ _id: n % DOCUMENTS }, { $inc: { writes: 1 } });
        await sleep(20);
      }
    })();
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 2"));
    await expect.poll(async () => readPhase(fixture), SOON).toBe("CuttingOver");
    await sleep(4_000);
    expect(await readPhase(fixture)).toBe("CuttingOver");
    isWriting.now = false;
    await writing;
    const { exitCode, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    await expectEqual();
  }, 120_000);

  it("has the source refuse writes where the spec says so, and leaves that", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1, blockSourceWrites: true"));
    const { exitCode, stdout, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    expect(flat(stdout)).toContain("source still refuses the writes of its users; to undo that");
    expect(await isWritable()).toBe(false);
    await expectEqual();
  }, 120_000);

  it("is withdrawn, and the source takes writes again, when running is desired", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 600, blockSourceWrites: true"));
    await expect.poll(isWritable, SOON).toBe(false);
    await fixture.cli.editSpec("follow", SPEC);
    await expect.poll(isWritable, SOON).toBe(true);
    await expect.poll(async () => readPhase(fixture), SOON).toBe("Streaming");
    await write(DOCUMENTS + 1);
    await expect.poll(async () => has(DOCUMENTS + 1), SOON).toBe(true);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    const { exitCode, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    await expectEqual();
  }, 120_000);

  it.each(["paused", "stopped"] as const)(
    "is withdrawn at once, and the source takes writes again, when %s is desired",
    async (desired) => {
      const { run } = await startStreaming(fixture);
      await fixture.cli.editSpec("follow", cutover("quietSeconds: 600, blockSourceWrites: true"));
      await expect.poll(isWritable, SOON).toBe(false);
      await fixture.cli.editSpec("follow", [...SPEC, `desiredState: ${desired}`]);
      const tooLate = setTimeout(() => run.kill("SIGKILL"), 15_000);
      const { exitCode, stderr } = await run;
      clearTimeout(tooLate);
      const phase = desired === "paused" ? "Paused" : "Stopped";
      expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, phase]);
      expect(await isWritable()).toBe(true);
    },
    120_000,
  );

  it("is withdrawn by a pause, also while no process works", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 600, blockSourceWrites: true"));
    await expect.poll(isWritable, SOON).toBe(false);
    run.kill("SIGKILL");
    await run;
    await fixture.cli.editSpec("follow", [...SPEC, "desiredState: paused"]);
    const paused = await fixture.start();
    expect([paused.exitCode, await readPhase(fixture)], paused.stderr).toEqual([0, "Paused"]);
    expect(await isWritable()).toBe(true);
  }, 120_000);

  it("I6 goes back to following, with a reason, where the source does not become quiet", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.destinationClient
      .db("store")
      .collection<Keyed>("orders")
      .updateOne({ _id: 3 }, { $set: { extra: "made at the destination" } });
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    // Both ends differ, which only the comparison finds.
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toMatch(/source and destination differ: store\.orders/u);
    await expect.poll(async () => readPhase(fixture), SOON).toBe("Streaming");
    await write(DOCUMENTS + 1);
    await expect.poll(async () => has(DOCUMENTS + 1), SOON).toBe(true);
    // It is not tried again by itself.
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toMatch(/it does not begin: it was given up/u);
    // Indexes are plain again, as they are while changes are followed.
    const indexes = await fixture.destinationClient.db("store").collection("orders").indexes();
    const plain = indexes.find(({ name }) => name === "number_1");
    expect(plain?.unique).toBeUndefined();
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  }, 120_000);

  it("I6 completes with failures where an index cannot be made as it is at the source", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.destinationClient.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 1 },
      data: { failCommands: ["collMod"], namespace: "store.orders", errorCode: 359 },
    });
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    const { exitCode, stdout, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([1, "Completed"]);
    expect(flat(stdout)).toMatch(
      /Cut over, but could not be made as at the source: store\.orders, index/u,
    );
  }, 120_000);
});

async function fill(client: MongoClient): Promise<void> {
  const shop = client.db("shop");
  const orders = shop.collection<Keyed>("orders");
  const at = new Date(Date.now() + 3_600_000);
  await orders.insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, number: n, at, text: "x".repeat(100) })),
  );
  await orders.createIndex({ number: 1 }, { unique: true });
  await orders.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await orders.createIndex({ text: 1 }, { hidden: true });
  await shop.createCollection("log", { capped: true, size: 100_000, max: 500 });
  const log = shop.collection<Keyed>("log");
  for (let n = 0; n < 600; n++) await log.insertOne({ _id: n });
  await shop.createCollection("checked", {
    validator: { kind: { $type: "string" } },
    validationAction: "error",
  });
  await shop.collection("checked").insertOne({ kind: "good" });
  await shop.createCollection("cheap", { viewOn: "orders", pipeline: [{ $match: { number: 1 } }] });
}

async function write(id: number): Promise<void> {
  await fixture.sourceClient
    .db("shop")
    .collection<Keyed>("orders")
    .insertOne({ _id: id, number: id });
}

async function has(id: number): Promise<boolean> {
  const orders = fixture.destinationClient.db("store").collection<Keyed>("orders");
  return (await orders.countDocuments({ _id: id })) === 1;
}

async function isWritable(): Promise<boolean> {
  const probe = fixture.sourceClient.db("elsewhere").collection("probe");
  return probe.insertOne({}).then(
    () => true,
    () => false,
  );
}

async function expectEqual(): Promise<void> {
  expect(await readDatabase(fixture.destinationClient, "store")).toEqual(
    await readDatabase(fixture.sourceClient, "shop"),
  );
}

function flat(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}

async function readOptions(db: string): Promise<unknown> {
  const client = db === "shop" ? fixture.sourceClient : fixture.destinationClient;
  const found = await client.db(db).listCollections().toArray();
  return found
    .map(({ name, options }: Document) => ({ name, options }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
