/** Cutovers that cannot go on: what becomes of the source's block of writes, of the way that is left, and of asking again. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDatabase } from "../support/compare-databases.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import {
  type Keyed,
  readCondition,
  readPhase,
  startStreaming,
} from "../support/following/reach-streaming.ts";

const OBJECTS = "objects: [{database: shop, as: store}]";
const SPEC = ["mode: full-and-incremental", OBJECTS];
const cutover = (settings: string): readonly string[] => [
  ...SPEC,
  "desiredState: cutover",
  `cutover: {${settings}}`,
];
const SOON = { timeout: 30_000, interval: 100 };

let fixture: FollowFixture;

beforeEach(async () => {
  fixture = await openFollowFixture();
  const shop = fixture.sourceClient.db("shop");
  await shop.collection<Keyed>("orders").insertOne({ _id: 1 });
  const sessions = shop.collection<Keyed>("sessions");
  await sessions.insertOne({ _id: 1, at: new Date(Date.now() + 3_600_000) });
  await sessions.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await fixture.cli.writeSpec("follow", SPEC);
});

afterEach(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

describe("a cutover that cannot go on", { timeout: 120_000 }, () => {
  it("I6 stays behind its point of no return, and goes on from there", async () => {
    const { run } = await startStreaming(fixture);
    const failPoint = { configureFailPoint: "failCommand" };
    const admin = fixture.destinationClient.db("admin");
    await admin.command({
      ...failPoint,
      mode: "alwaysOn",
      // Unauthorized: whoever may change indexes no more.
      data: { failCommands: ["collMod"], namespace: "store.sessions", errorCode: 13 },
    });
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1, blockSourceWrites: true"));
    const stuck = await run;
    expect([stuck.exitCode, await readPhase(fixture)], stuck.stderr).toEqual([1, "Stalled"]);
    // Nobody follows what would be written there.
    expect(await isWritable()).toBe(false);
    await admin.command({ ...failPoint, mode: "off" });
    const done = await fixture.start();
    expect([done.exitCode, await readPhase(fixture)], done.stderr).toEqual([0, "Completed"]);
    await expectEqual();
  });

  it("leaves no block of writes behind where another mode is asked for", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 600, blockSourceWrites: true"));
    await expect.poll(isWritable, SOON).toBe(false);
    run.kill("SIGTERM");
    const { exitCode, stdout } = await run;
    expect([exitCode, stdout]).toEqual([
      75,
      expect.stringContaining("until then source refuses writes"),
    ]);
    expect(await isWritable()).toBe(false);
    await fixture.cli.editSpec("follow", ["mode: full", OBJECTS]);
    const other = await fixture.start();
    expect(await isWritable(), `${other.stdout}${other.stderr}`).toBe(true);
  });

  it("does not begin anew where the process has ended between giving it up and following again", async () => {
    const { run } = await startStreaming(fixture);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 600, blockSourceWrites: true"));
    await expect.poll(isWritable, SOON).toBe(false);
    run.kill("SIGKILL");
    await run;
    // What is stored then, and how the source is.
    await fixture.sourceClient.db("admin").command({ setUserWriteBlockMode: 1, global: false });
    await fixture.destinationClient
      .db("mongoferry")
      .collection("cutovers")
      .updateOne({}, { $set: { failure: "something writes", isSourceBlocked: false } });
    const { run: next } = await startStreaming(fixture);
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toContain("it does not begin: it was given up: something writes. To try again");
    expect(await isWritable()).toBe(true);
    next.kill("SIGTERM");
    expect((await next).exitCode).toBe(75);
  });

  it("begins once what kept it is put right, without another process", async () => {
    const { run } = await startStreaming(fixture);
    const orders = fixture.destinationClient.db("store").collection<Keyed>("orders");
    await orders.updateOne({ _id: 1 }, { $set: { planted: true } });
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toMatch(/it does not begin: it was given up/u);
    await orders.updateOne({ _id: 1 }, { $unset: { planted: "" } });
    await fixture.cli.editSpec("follow", SPEC);
    await expect.poll(async () => isCutoverForgotten(), SOON).toBe(true);
    await fixture.cli.editSpec("follow", cutover("quietSeconds: 1"));
    const tooLate = setTimeout(() => run.kill("SIGTERM"), 60_000);
    const { exitCode, stderr } = await run;
    clearTimeout(tooLate);
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    await expectEqual();
  });
});

async function isWritable(): Promise<boolean> {
  const probe = fixture.sourceClient.db("elsewhere").collection("probe");
  return probe.insertOne({}).then(
    () => true,
    () => false,
  );
}

async function isCutoverForgotten(): Promise<boolean> {
  const cutovers = fixture.destinationClient.db("mongoferry").collection("cutovers");
  return (await cutovers.findOne()) === null;
}

async function expectEqual(): Promise<void> {
  expect(await readDatabase(fixture.destinationClient, "store")).toEqual(
    await readDatabase(fixture.sourceClient, "shop"),
  );
}
