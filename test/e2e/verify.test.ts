/** Comparing both sides on demand, as a user does it. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import { type CliFixture, openCliFixture } from "../support/cli-fixture.ts";
import { type Keyed, refuseEnded, startStreaming } from "../support/following/reach-streaming.ts";

const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];
const FOLLOWED = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const DOCUMENTS = 30_000;
const SOON = { timeout: 60_000, interval: 200 };

let source: BorrowedSet;
let destination: BorrowedSet;
let sourceClient: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [sourceClient, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  const text = "x".repeat(5_000);
  const orders = sourceClient.db("shop").collection<Keyed>("orders");
  await orders.insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, text, items: [{ price: 1 }] })),
  );
  await sourceClient.db("shop").collection<Keyed>("system.js").insertOne({ _id: "f", value: "1" });
});

afterAll(async () => {
  await Promise.all([sourceClient?.close(), destinationClient?.close()]);
});

beforeEach(async () => {
  await cli?.[Symbol.asyncDispose]();
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await Promise.all([
    destinationClient.db("store").dropDatabase(),
    destinationClient.db("mongoferry").dropDatabase(),
  ]);
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
});

describe("R19 verify", () => {
  it("names what is missing, extra and different, and shows values only when asked", async () => {
    await cli.writeSpec("m", FULL);
    const early = await cli.start(["verify"]);
    expect([early.exitCode, early.stderr]).toEqual([
      1,
      expect.stringContaining("this migration has never run"),
    ]);
    expect((await cli.start(["apply"])).exitCode).toBe(0);
    const equal = await cli.start(["verify"]);
    expect([equal.exitCode, equal.stderr]).toEqual([0, expect.any(String)]);
    const copy = destinationClient.db("store").collection<Keyed>("orders");
    await copy.deleteOne({ _id: 7 });
    await copy.insertOne({ _id: "not of the source" });
    await copy.updateOne({ _id: 9 }, { $set: { "items.0.price": 4_711 } });
    await destinationClient
      .db("store")
      .collection<Keyed>("system.js")
      .updateOne({ _id: "f" }, { $set: { value: "2" } });
    const different = await cli.start(["verify"]);
    expect(different.exitCode).toBe(1);
    for (const shown of ["missing", "extra", "not of the source", "items.0.price", "system.js"]) {
      expect(different.stdout).toContain(shown);
    }
    expect(different.stdout).not.toContain("4711");
    expect((await cli.start(["verify", "--show-values"])).stdout).toContain("4711");
    const one = await cli.start(["verify", "--limit", "1", "--output", "json"]);
    const { verification } = JSON.parse(String(one.stdout));
    const orders = verification.results.find(
      ({ target }: { target: string }) => target === "store.orders",
    );
    expect(orders).toMatchObject({
      missingDocuments: 1,
      extraDocuments: 1,
      differingDocuments: 1,
      isEqual: false,
    });
    expect(orders.differences).toHaveLength(1);
    // Nothing of it is in what is committed.
    const state = await cli.git("grep", "-l", "4711").catch(() => "");
    expect(state).toBe("");
  }, 90_000);

  it("goes on behind what a killed one has compared", async () => {
    await cli.writeSpec("m", [...FULL, "limits: {workers: 1}"]);
    expect((await cli.start(["apply"])).exitCode).toBe(0);
    const nothing = await cli.start(["verify", "--resume"]);
    expect([nothing.exitCode, nothing.stderr]).toEqual([
      1,
      expect.stringContaining("there is no interrupted comparison"),
    ]);
    // One range after the other, and each takes a while.
    await delay("find", 2_000);
    const killed = cli.start(["verify"]);
    await expect.poll(comparedRanges, SOON).toBeGreaterThan(0);
    killed.kill("SIGKILL");
    await killed;
    await delay("find", 0);
    const resumed = await cli.start(["verify", "--resume"]);
    expect(resumed.stderr).toContain("Goes on with the comparison that began at");
    expect(resumed.exitCode, String(resumed.stdout)).toBe(0);
  }, 90_000);

  it("goes on again and again while changes are followed, where the spec says so", async () => {
    await cli.writeSpec("m", [
      ...FOLLOWED,
      "verification: {mode: full, when: continuous, pauseMinutes: 0}",
    ]);
    const { run } = await startStreaming({ start: () => cli.start(["apply"]), destinationClient });
    await expect.poll(verified, SOON).toMatchObject({ status: "true" });
    const copy = destinationClient.db("store").collection<Keyed>("orders");
    await copy.updateOne({ _id: 5 }, { $set: { planted: true } });
    await expect.poll(verified, SOON).toMatchObject({ status: "false" });
    await refuseEnded(run);
    await copy.updateOne({ _id: 5 }, { $unset: { planted: "" } });
    await expect.poll(verified, SOON).toMatchObject({ status: "true" });
    run.kill("SIGTERM");
    expect((await run).exitCode).toBe(75);
  }, 120_000);
});

async function comparedRanges(): Promise<number> {
  const meta = destinationClient.db("mongoferry");
  const names = (await meta.listCollections({}, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  const counts = names
    .filter((name) => name.startsWith("compar"))
    .map(async (name) => meta.collection(name).countDocuments({ outcome: { $type: "object" } }));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function verified(): Promise<unknown> {
  const found = await destinationClient.db("mongoferry").collection("migrations").findOne();
  const conditions: readonly { type: string }[] = found?.["conditions"] ?? [];
  return conditions.find(({ type }) => type === "Verified");
}

async function delay(command: string, delayMs: number): Promise<void> {
  await sourceClient.db("admin").command({
    configureFailPoint: "failCommand",
    mode: delayMs > 0 ? "alwaysOn" : "off",
    data: {
      failCommands: [command],
      namespace: "shop.orders",
      blockConnection: true,
      blockTimeMS: delayMs,
    },
  });
}
