/** The load that the command line causes, against limits that change while it works. */
import { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import { type CliFixture, type CliRun, openCliFixture } from "../support/cli-fixture.ts";
import { openRemote } from "../support/open-remote.ts";

const FULL = ["mode: full", "objects: [{database: shop}]", "verification: off"];
const BOTH = ["mode: full-and-incremental", "objects: [{database: shop}]"];
const WITHIN_MS = 60_000;
/** How soon a change has to take effect. */
const EFFECT_MS = 5_000;

let source: BorrowedSet;
let destination: BorrowedSet;
let from: MongoClient;
let to: MongoClient;
let cli: CliFixture;
let run: CliRun | null = null;

beforeAll(async () => {
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  [from, to] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
});

afterAll(async () => {
  await Promise.all([from?.close(), to?.close()]);
});

beforeEach(async () => {
  cli = await openCliFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await Promise.all([
    from.db("shop").dropDatabase(),
    to.db("shop").dropDatabase(),
    to.db("mongoferry").dropDatabase(),
  ]);
});

afterEach(async () => {
  await blockWrites(0);
  run?.kill("SIGKILL");
  await run;
  run = null;
  await cli[Symbol.asyncDispose]();
});

async function fill(collection: string, documentCount: number, padding: string): Promise<void> {
  for (let first = 0; first < documentCount; first += 10_000) {
    const count = Math.min(10_000, documentCount - first);
    await from
      .db("shop")
      .collection<{ _id: number; pad: string }>(collection)
      .insertMany(Array.from({ length: count }, (_, i) => ({ _id: first + i, pad: padding })));
  }
}

async function copied(collection = "orders"): Promise<number> {
  return to.db("shop").collection(collection).countDocuments();
}

/** Documents per second that arrive in a collection; measured by what the destination holds and when it says so. */
async function arrivingPerSecond(ms: number, collection = "orders"): Promise<number> {
  const before = await copied(collection);
  const fromMs = performance.now();
  await sleep(ms);
  const after = await copied(collection);
  return (after - before) / ((performance.now() - fromMs) / 1000);
}

/** Waits for what is to come. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (run?.exitCode != null) throw new Error(`it has ended: ${String((await run).stderr)}`);
    if (performance.now() > deadline) throw new Error(`it is never so: ${isSo.toString()}`);
    await sleep(50);
  }
}

async function set(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cli.start(["status", ...args]);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

async function readStatus(): Promise<{
  phase: string;
  limits: { backOff: { reason: string } | null; documentsPerSecond: number | null; set: string[] };
}> {
  return JSON.parse(await set("--output", "json"));
}

function expectNear(measured: number, perSecond: number): void {
  expect(measured).toBeGreaterThan(perSecond * 0.9);
  expect(measured).toBeLessThan(perSecond * 1.1);
}

async function blockWrites(ms: number): Promise<void> {
  await to.db("admin").command({
    configureFailPoint: "failCommand",
    mode: ms === 0 ? "off" : "alwaysOn",
    ...(ms === 0
      ? {}
      : {
          data: {
            failCommands: ["insert"],
            namespace: "shop.orders",
            blockConnection: true,
            blockTimeMS: ms,
          },
        }),
  });
}

/** Documents that a member has given to the program, by its profiler. */
async function readFrom(member: MongoClient): Promise<number> {
  const [sum] = await member
    .db("shop")
    .collection("system.profile")
    .aggregate<{ count: number }>([
      { $match: { ns: "shop.orders", op: { $in: ["query", "getmore"] }, appName: "mongoferry" } },
      { $group: { _id: null, count: { $sum: "$nreturned" } } },
    ])
    .toArray();
  return sum?.count ?? 0;
}

/** Time of the day, in UTC. */
function timeIn(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
}

describe("limits", () => {
  it("hold a rate of documents, also one that is changed in the middle, in the spec or beside it", async () => {
    await fill("orders", 200_000, "");
    await cli.writeSpec("shop", [...FULL, "limits: {documentsPerSecond: 1000, adaptive: false}"]);
    run = cli.start(["apply"]);
    await until(async () => (await copied()) > 0);
    expectNear(await arrivingPerSecond(30_000), 1_000);

    const text = await set("--set", "limits.documentsPerSecond=300");
    expect(text).toContain("set with status --set: documentsPerSecond");
    await sleep(EFFECT_MS);
    expectNear(await arrivingPerSecond(10_000), 300);

    await set("--unset", "limits.documentsPerSecond");
    await sleep(EFFECT_MS);
    expectNear(await arrivingPerSecond(5_000), 1_000);

    await cli.editSpec("shop", [...FULL, "limits: {documentsPerSecond: 2500}"]);
    await sleep(EFFECT_MS);
    expectNear(await arrivingPerSecond(10_000), 2_500);
    expect((await readStatus()).limits).toMatchObject({ documentsPerSecond: 2_500, set: [] });

    await set("--set", "limits.documentsPerSecond=unlimited");
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    expect(await copied()).toBe(200_000);
  }, 180_000);

  it("are obeyed within seconds when they are merged", async () => {
    await using remote = await openRemote(cli);
    await fill("orders", 100_000, "");
    await cli.writeSpec("shop", [...FULL, "limits: {documentsPerSecond: 500}"]);
    await cli.git("push", "--quiet", "-u", "origin", "main");
    run = cli.start(["apply"]);
    await until(async () => (await copied()) > 0);
    await remote.push([...FULL, "limits: {documentsPerSecond: 3000}"]);
    await sleep(EFFECT_MS);
    expectNear(await arrivingPerSecond(10_000), 3_000);
  }, 120_000);

  it("hold a rate of bytes, of documents of any size", async () => {
    await fill("orders", 20_000, "x".repeat(4_000));
    await cli.writeSpec("shop", [...FULL, "limits: {megabytesPerSecond: 1.5}"]);
    run = cli.start(["apply"]);
    await until(async () => (await copied()) > 0);
    const { avgObjSize } = await from.db("shop").command({ collStats: "orders" });
    expectNear((await arrivingPerSecond(30_000)) * avgObjSize, 1_500_000);
  }, 120_000);

  it("let more and fewer workers work, without a restart", async () => {
    const names = ["a", "b", "c", "d"];
    for (const name of names) await fill(name, 30_000, "");
    await cli.writeSpec("shop", [...FULL, "limits: {workers: 1, documentsPerSecond: 500}"]);
    run = cli.start(["apply"]);
    const growing = async (): Promise<number> => {
      const rates = await Promise.all(names.map(async (name) => arrivingPerSecond(3_000, name)));
      return rates.filter((rate) => rate > 0).length;
    };
    await until(async () => (await copied("a")) > 0);
    expect(await growing()).toBe(1);
    await set("--set", "limits.workers=4");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(4);
    await set("--set", "limits.workers=2");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(2);
    await set("--unset", "limits", "--set", "limits.workers=3");
    await sleep(EFFECT_MS);
    expect(await growing()).toBe(3);
    await set("--set", "limits.documentsPerSecond=unlimited");
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    for (const name of names) expect(await copied(name)).toBe(30_000);
  }, 120_000);

  it("wait while nothing may be copied at this time of the day", async () => {
    await fill("orders", 1_000, "");
    const window = `{from: "${timeIn(-2)}", to: "${timeIn(2)}", timeZone: UTC, copy: false}`;
    await cli.writeSpec("shop", [...FULL, `limits: {windows: [${window}]}`]);
    run = cli.start(["apply"]);
    await until(async () => (await readStatus()).phase === "Copying");
    const text = await set();
    expect(text).toMatch(/Limits: waits, since nothing may be copied at this time, no rate/u);
    await sleep(EFFECT_MS);
    expect(await copied()).toBe(0);
    await cli.editSpec("shop", [
      ...FULL,
      `limits: {windows: [${window.replace("copy: false", "workers: 2")}]}`,
    ]);
    const { exitCode, stderr } = await run;
    expect(exitCode, String(stderr)).toBe(0);
    expect(await copied()).toBe(1_000);
  }, 120_000);

  it("hold for changes that are followed", async () => {
    await fill("orders", 1_000, "");
    await cli.writeSpec("shop", [...BOTH, "limits: {documentsPerSecond: 400}"]);
    run = cli.start(["apply"]);
    await until(async () => (await readStatus()).phase === "Streaming");
    await fill("later", 50_000, "");
    await until(async () => (await copied("later")) > 0);
    expectNear(await arrivingPerSecond(15_000, "later"), 400);
    await set("--set", "limits.documentsPerSecond=900");
    await sleep(EFFECT_MS);
    expectNear(await arrivingPerSecond(10_000, "later"), 900);
    await set("--set", "limits.documentsPerSecond=unlimited");
    await until(async () => (await copied("later")) === 50_000);
  }, 120_000);

  it("hold for a comparison that is asked for", async () => {
    await fill("orders", 10_000, "");
    await cli.writeSpec("shop", FULL);
    const applied = await cli.start(["apply"]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    await cli.editSpec("shop", [...FULL, "limits: {documentsPerSecond: 2000}"]);
    const verified = await cli.start(["verify", "--mode", "full", "--output", "json"]);
    expect(verified.exitCode, verified.stderr).toBe(0);
    const { verification } = JSON.parse(verified.stdout) as {
      readonly verification: { readonly durationMs: number };
    };
    // The last reply, and what half a second lets through at once, are not waited for.
    expect(verification.durationMs).toBeGreaterThan(4_000);
    expect(verified.stderr).toContain("Limits: 2,000 docs/s");
  }, 60_000);

  it("back off from a destination that has become slow, say why, and come back", async () => {
    await fill("orders", 200_000, "x".repeat(100));
    await cli.writeSpec("shop", [...FULL, "limits: {documentsPerSecond: 2000, workers: 2}"]);
    run = cli.start(["apply"]);
    await until(async () => (await copied()) > 5_000);
    expect((await readStatus()).limits.backOff).toBeNull();
    await blockWrites(3_000);
    await until(async () => (await readStatus()).limits.backOff !== null);
    const text = await set();
    expect(text).toMatch(/Load: backs off to \d+ % of its speed: the destination's writes take/u);
    await blockWrites(0);
    await until(async () => (await readStatus()).limits.backOff === null);
    expectNear(await arrivingPerSecond(10_000), 2_000);
    run.kill("SIGTERM");
    const { stderr } = await run;
    expect(String(stderr)).toContain("At full speed again");
  }, 120_000);

  it("have documents read from one secondary, in the copy and in the comparison", async () => {
    await using three = await startReplicaSet({ name: "three", members: 3 });
    const members = await Promise.all(
      three.hosts.map(async (host) =>
        MongoClient.connect(`mongodb://${host}/?directConnection=true`),
      ),
    );
    try {
      const client = await MongoClient.connect(three.uri);
      const documents = Array.from({ length: 20_000 }, (_, i) => ({ n: i }));
      await client
        .db("shop")
        .collection("orders")
        .insertMany(documents, {
          writeConcern: { w: 3 },
        });
      await client.close();
      for (const member of members) await member.db("shop").command({ profile: 2 });
      await cli.writeSpec("shop", [...FULL.slice(0, 2), "limits: {readFrom: secondary}"]);
      const { exitCode, stderr } = await cli.start(["apply"], { SOURCE_URI: three.uri });
      expect(exitCode, String(stderr)).toBe(0);
      const reads = await Promise.all(members.map(readFrom));
      const [host] = /secondary (\S+)/u.exec(String(stderr))?.slice(1) ?? [];
      const expected = three.hosts.map((each) => (each === host ? 40_000 : 0));
      expect(reads).toEqual(expected);
      expect(host).not.toBe(await three.primaryHost());
    } finally {
      await Promise.all(members.map(async (member) => member.close()));
    }
  }, 120_000);

  it("refuse what no spec could say", async () => {
    await cli.writeSpec("shop", FULL);
    const { exitCode, stderr } = await cli.start(["status", "--set", "limits.workers=0"]);
    expect([exitCode, String(stderr)]).toEqual([
      1,
      'mongoferry: "limits.workers=0": 0 is too small. Give at least 1\n'.trimEnd(),
    ]);
  });
});
