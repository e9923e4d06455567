/** What happens at the source behind the fence of a cutover, while indexes are restored and both ends compared. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliRun } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import {
  type Keyed,
  readCondition,
  readPhase,
  startStreaming,
} from "../support/following/reach-streaming.ts";

const SPEC = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const CUTOVER = ["desiredState: cutover", "cutover: {quietSeconds: 1}"];
const SOON = { timeout: 60_000, interval: 100 };
/** How long it takes to make an index unique: time enough for somebody to write. */
const HELD_UP_MS = 3_000;

let fixture: FollowFixture;

beforeEach(async () => {
  fixture = await openFollowFixture();
  const shop = fixture.sourceClient.db("shop");
  const filled = shop.collection<Keyed>("orders");
  await filled.insertMany(Array.from({ length: 100 }, (_, n) => ({ _id: n, number: n })));
  await filled.createIndex({ number: 1 }, { unique: true });
  const sessions = shop.collection<Keyed>("sessions");
  const at = new Date(Date.now() + 3_600_000);
  await sessions.insertMany([
    { _id: 1, at },
    { _id: 2, at },
  ]);
  await sessions.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await fixture.cli.writeSpec("follow", SPEC);
});

afterEach(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

/** A cutover that is held up where it makes indexes as they are at the source. Wrapped: a run is a promise itself. */
async function startFinalizing(): Promise<{ readonly run: CliRun }> {
  const { run } = await startStreaming(fixture);
  await holdUp("alwaysOn");
  await fixture.cli.editSpec("follow", [...SPEC, ...CUTOVER]);
  await expect.poll(readStep, SOON).toBe("finalize");
  return { run };
}

describe("I6 behind the fence of a cutover", { timeout: 180_000 }, () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["a document is written", async () => orders().insertOne({ _id: "late" }), "shop.orders"],
    ["a document is deleted", async () => orders().deleteOne({ _id: 7 }), "shop.orders"],
    [
      "a collection comes",
      async () => fixture.sourceClient.db("shop").collection<Keyed>("fresh").insertOne({ _id: 1 }),
      "shop.fresh",
    ],
    ["an index comes", async () => orders().createIndex({ late: 1 }), "shop.orders"],
  ])("it goes back to following where %s, and brings that", async (_what, write, name) => {
    const { run } = await startFinalizing();
    await write();
    await holdUp("off");
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toContain(`${name} was changed at the source although it had been quiet`);
    await expect.poll(async () => readPhase(fixture), SOON).toBe("Streaming");
    await expect.poll(async () => readContents("store"), SOON).toEqual(await readContents("shop"));
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  });

  it("finds what was written while no process was at work", async () => {
    const { run } = await startFinalizing();
    run.kill("SIGKILL");
    await run;
    await orders().insertOne({ _id: "late" });
    await holdUp("off");
    const next = fixture.start();
    await expect
      .poll(async () => readCondition(fixture, "Cutover"), SOON)
      .toContain("shop.orders was changed at the source although it had been quiet");
    await expect.poll(async () => readContents("store"), SOON).toEqual(await readContents("shop"));
    next.kill("SIGTERM");
    await next;
  });

  it("a document that expires is no write, and goes at the destination, too", async () => {
    const { run } = await startFinalizing();
    // As the server itself does it.
    await fixture.sourceClient.db("shop").collection<Keyed>("sessions").deleteOne({ _id: 1 });
    await holdUp("off");
    const { exitCode, stderr } = await run;
    expect([exitCode, await readPhase(fixture)], stderr).toEqual([0, "Completed"]);
    expect(await readDatabase(fixture.destinationClient, "store")).toEqual(
      await readDatabase(fixture.sourceClient, "shop"),
    );
  });
});

function orders() {
  return fixture.sourceClient.db("shop").collection<Keyed>("orders");
}

async function holdUp(mode: "alwaysOn" | "off"): Promise<void> {
  await fixture.destinationClient.db("admin").command({
    configureFailPoint: "failCommand",
    mode,
    data: {
      failCommands: ["collMod"],
      namespace: "store.orders",
      blockConnection: true,
      blockTimeMS: HELD_UP_MS,
    },
  });
}

async function readStep(): Promise<unknown> {
  const found = await fixture.destinationClient.db("mongoferry").collection("cutovers").findOne();
  return found?.["step"];
}

/** Documents, and the names of indexes: those that wait for the cutover are plain until then. */
async function readContents(db: string): Promise<unknown> {
  const client = db === "shop" ? fixture.sourceClient : fixture.destinationClient;
  const contents = await readDatabase(client, db);
  return Object.fromEntries(
    Object.entries(contents)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { documents, indexes }]) => [name, { documents, count: indexes.length }]),
  );
}
