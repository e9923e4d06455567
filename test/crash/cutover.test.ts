/**
 * The process is killed again and again while it cuts over under load: right behind the beginning of each step, then at random times behind
 * random ones. However it ends: either all
 * is as at the source, or its changes are followed and the source can be written to; never between.
 */
import type { Document } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CliRun } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { type FollowFixture, openFollowFixture } from "../support/following/follow-fixture.ts";
import { type Keyed, readPhase, startStreaming } from "../support/following/reach-streaming.ts";

const CUTOVERS = 30;
const DOCUMENTS = 3_000;
const SPEC = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const STEPS = ["block", "quiet", "drain", "finalize", "verify", "expire"] as const;
/** The lock of the clone that a killed process leaves is taken for stale after a minute. */
const WITHIN_MS = 120_000;
const MOST_DELAY_MS = 700;

let fixture: FollowFixture;

beforeAll(async () => {
  fixture = await openFollowFixture();
  const orders = fixture.sourceClient.db("shop").collection<Keyed>("orders");
  const text = "x".repeat(500);
  const at = new Date(Date.now() + 3_600_000);
  await orders.insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, number: n, at, text })),
  );
  await orders.createIndex({ number: 1 }, { unique: true });
  await orders.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await orders.createIndex({ text: 1 }, { hidden: true });
  await fixture.sourceClient
    .db("shop")
    .createCollection("log", { capped: true, size: 100_000, max: 500 });
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

it(`I6 I7 ends in one of two ways, ${CUTOVERS} times with a kill`, async () => {
  const seed = Date.now() % 100_000;
  const random = seededRandom(seed);
  const ends: Record<string, number> = {};
  const kills: Record<string, number> = {};
  let killed = 0;
  for (let round = 0; killed < CUTOVERS; round++) {
    const moment = momentOf(round, random);
    const { end, killedIn } = await cutOverOnce(round, moment).catch((error: unknown) => {
      throw new Error(`seed ${seed}, round ${round}, ${JSON.stringify(moment)}`, { cause: error });
    });
    // One that was done before it was to be killed shows nothing.
    if (killedIn === null) continue;
    killed++;
    ends[end] = (ends[end] ?? 0) + 1;
    kills[killedIn] = (kills[killedIn] ?? 0) + 1;
  }
  process.stdout.write(
    `${CUTOVERS} cutovers with a kill each (seed ${seed}): ${JSON.stringify(ends)}, killed in ${JSON.stringify(kills)}\n`,
  );
  // Both have been seen, or this has shown nothing.
  expect(Object.keys(ends).toSorted()).toEqual(["Completed", "Streaming"]);
  // `drain` may be over at once.
  expect(STEPS.filter((step) => step !== "drain" && kills[step] === undefined)).toEqual([]);
}, 1_500_000);

interface Moment {
  readonly step: (typeof STEPS)[number];
  /** Behind its beginning. */
  readonly delayMs: number;
  /** Whether somebody asks for something else before it is done. */
  readonly isTakenBack: boolean;
}

function momentOf(round: number, random: SeededRandom): Moment {
  const step = STEPS[round];
  if (step !== undefined) return { step, delayMs: 0, isTakenBack: round % 3 === 2 };
  const delayMs = random.below(MOST_DELAY_MS);
  return { step: random.pick(STEPS), delayMs, isTakenBack: random.below(3) === 0 };
}

/** One migration from its copy on, since one that is cut over has come to its end. */
async function cutOverOnce(
  round: number,
  { step, delayMs, isTakenBack }: Moment,
): Promise<{ readonly end: string; readonly killedIn: string | null }> {
  await forget();
  await fixture.cli.editSpec("follow", SPEC);
  const { run } = await startStreaming(fixture);
  const writer = writeUntilBlocked(round);
  await fixture.cli.editSpec("follow", [
    ...SPEC,
    "desiredState: cutover",
    "cutover: {quietSeconds: 1, blockSourceWrites: true}",
  ]);
  const killedIn = await killBehind(run, step, delayMs);
  if (isTakenBack) await fixture.cli.editSpec("follow", SPEC);
  const next = fixture.start();
  const end = await endOf(next);
  await writer.stop();
  if (end === "Completed") {
    expect(await isWritable()).toBe(false);
    expect(await differences()).toEqual([]);
    await fixture.sourceClient.db("admin").command({ setUserWriteBlockMode: 1, global: false });
    return { end, killedIn };
  }
  expect(await isWritable()).toBe(true);
  await fixture.sourceClient
    .db("shop")
    .collection<Keyed>("orders")
    .updateOne({ _id: 0 }, { $set: { round } });
  await expect
    .poll(async () => (await orderZero())?.["round"], { timeout: WITHIN_MS, interval: 100 })
    .toBe(round);
  next.kill("SIGTERM");
  await next;
  return { end, killedIn };
}

/** @returns The step that was under way; null where the process had ended by itself. */
async function killBehind(run: CliRun, step: string, delayMs: number): Promise<string | null> {
  const cutovers = fixture.destinationClient.db("mongoferry").collection("cutovers");
  const deadline = performance.now() + WITHIN_MS;
  while (performance.now() < deadline && run.exitCode === null) {
    const found = await cutovers.findOne();
    const begun: readonly Document[] = found?.["begun"] ?? [];
    if (begun.some((each) => each["step"] === step)) break;
    await sleep(5);
  }
  if (delayMs > 0) await sleep(delayMs);
  run.kill("SIGKILL");
  const { signal } = await run;
  if (signal !== "SIGKILL") return null;
  return String((await cutovers.findOne())?.["step"]);
}

/** Where the migration comes to rest: cut over, or following for good. */
async function endOf(run: CliRun): Promise<string> {
  let said = "";
  run.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const phase = await readPhase(fixture);
    const hasEnded = run.exitCode !== null || run.signalCode !== null;
    if (hasEnded && phase === "Completed") return phase;
    if (!hasEnded && phase === "Streaming" && (await isGivenUp())) return phase;
    if (performance.now() > deadline || (hasEnded && phase !== "Completed")) {
      throw new Error(`it is ${phase}, ${hasEnded ? "and has ended" : "and goes on"}: ${said}`);
    }
    await sleep(50);
  }
}

/** Whether no cutover is under way, nor about to begin. */
async function isGivenUp(): Promise<boolean> {
  const found = await fixture.destinationClient.db("mongoferry").collection("cutovers").findOne();
  const spec = await fixture.cli.readSpec("follow");
  return found === null ? !spec.includes("desiredState: cutover") : found["failure"] !== null;
}

interface Writer {
  stop(): Promise<void>;
}

function writeUntilBlocked(seed: number): Writer {
  const orders = fixture.sourceClient.db("shop").collection<Keyed>("orders");
  const log = fixture.sourceClient.db("shop").collection("log");
  const state = { isStopped: false };
  const writing = (async () => {
    for (let n = seed; !state.isStopped; n++) {
      try {
        await orders.updateOne({ _id: (n * 7) % DOCUMENTS }, { $inc: { writes: 1 } });
        await log.insertOne({ n });
      } catch {
        // Refused, or not any more: it goes on until it is told to end.
        await sleep(50);
      }
      await sleep(5);
      if (n > seed + 2_000) return;
    }
  })();
  return {
    async stop() {
      state.isStopped = true;
      await writing;
    },
  };
}

async function isWritable(): Promise<boolean> {
  const probe = fixture.sourceClient.db("elsewhere").collection("probe");
  return probe.insertOne({}).then(
    () => true,
    () => false,
  );
}

async function differences(): Promise<readonly string[]> {
  const [there, here] = await Promise.all([
    readDatabase(fixture.destinationClient, "store"),
    readDatabase(fixture.sourceClient, "shop"),
  ]);
  const names = new Set([...Object.keys(there), ...Object.keys(here)]);
  return [...names].flatMap((name) => {
    const [a, b] = [JSON.stringify(there[name]), JSON.stringify(here[name])];
    return a === b ? [] : [`${name}: ${a} instead of ${b}`];
  });
}

async function orderZero(): Promise<Document | null> {
  return fixture.destinationClient.db("store").collection<Keyed>("orders").findOne({ _id: 0 });
}

async function forget(): Promise<void> {
  for (const name of ["mongoferry", "store"]) {
    await fixture.destinationClient.db(name).dropDatabase();
  }
}
