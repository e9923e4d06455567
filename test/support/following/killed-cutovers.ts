/**
 * The process is killed again and again while it cuts over under load: right behind the beginning of each step, then at random times behind
 * random ones. However it ends: either all
 * is as at the source, or its changes are followed and the source can be written to; never between.
 */
import type { Document } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { CliRun } from "../cli-fixture.ts";
import { readDatabase } from "../compare-databases.ts";
import { type SeededRandom, seededRandom } from "../seeded-random.ts";
import type { FollowFixture } from "./follow-fixture.ts";
import { type Keyed, readPhase, startStreaming } from "./reach-streaming.ts";

const DOCUMENTS = 3_000;
const SPEC = ["mode: full-and-incremental", "objects: [{database: shop, as: store}]"];
const STEPS = ["block", "quiet", "drain", "finalize", "verify", "expire"] as const;
type Step = (typeof STEPS)[number];
/** The lock of the clone that a killed process leaves is taken for stale after a minute. */
const WITHIN_MS = 120_000;
const MOST_DELAY_MS = 700;

/** What the source has before the first one. */
export async function fillForCutovers({ sourceClient }: FollowFixture): Promise<void> {
  const orders = sourceClient.db("shop").collection<Keyed>("orders");
  const text = "x".repeat(500);
  const at = new Date(Date.now() + 3_600_000);
  await orders.insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({ _id: n, number: n, at, text })),
  );
  await orders.createIndex({ number: 1 }, { unique: true });
  await orders.createIndex({ at: 1 }, { expireAfterSeconds: 3_600 });
  await orders.createIndex({ text: 1 }, { hidden: true });
  await sourceClient.db("shop").createCollection("log", { capped: true, size: 100_000, max: 500 });
}

/** Cuts over until so many were killed, some in each step, and returns how many were. */
export async function killCutovers(fixture: FollowFixture, cutovers: number): Promise<number> {
  const seed = Date.now() % 100_000;
  const random = seededRandom(seed);
  const ends: Record<string, number> = {};
  const kills: Record<string, number> = {};
  // `drain` may be over at once.
  const missing = (): readonly Step[] =>
    STEPS.filter((step) => step !== "drain" && kills[step] === undefined);
  for (let round = 0; sum(kills) < cutovers || missing().length > 0; round++) {
    expect(round, `rounds; no kill yet in ${missing().join()}`).toBeLessThan(4 * cutovers);
    const moment = momentOf(round, STEPS[round] ?? missing()[0] ?? null, random);
    const { end, killedIn } = await cutOverOnce(fixture, round, moment).catch((error: unknown) => {
      throw new Error(`seed ${seed}, round ${round}, ${JSON.stringify(moment)}`, { cause: error });
    });
    // One that was done before it was to be killed shows nothing.
    if (killedIn === null) continue;
    ends[end] = (ends[end] ?? 0) + 1;
    kills[killedIn] = (kills[killedIn] ?? 0) + 1;
  }
  process.stdout.write(
    `${sum(kills)} cutovers with a kill each (seed ${seed}): ${JSON.stringify(ends)}, killed in ${JSON.stringify(kills)}\n`,
  );
  // Both have been seen, or this has shown nothing.
  expect(Object.keys(ends).toSorted()).toEqual(["Completed", "Streaming"]);
  return sum(kills);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

interface Moment {
  readonly step: Step;
  /** Behind its beginning. */
  readonly delayMs: number;
  /** Whether somebody asks for something else before it is done. */
  readonly isTakenBack: boolean;
}

/** @param wanted - A step to kill it in; null: any. */
function momentOf(round: number, wanted: Step | null, random: SeededRandom): Moment {
  const isTakenBack = round % 3 === 2;
  if (wanted !== null) return { step: wanted, delayMs: 0, isTakenBack };
  return { step: random.pick(STEPS), delayMs: random.below(MOST_DELAY_MS), isTakenBack };
}

/** One migration from its copy on, since one that is cut over has come to its end. */
async function cutOverOnce(
  fixture: FollowFixture,
  round: number,
  { step, delayMs, isTakenBack }: Moment,
): Promise<{ readonly end: string; readonly killedIn: string | null }> {
  await forget(fixture);
  await fixture.cli.editSpec("follow", SPEC);
  const { run } = await startStreaming(fixture);
  const writer = writeUntilBlocked(fixture, round);
  await fixture.cli.editSpec("follow", [
    ...SPEC,
    "desiredState: cutover",
    "cutover: {quietSeconds: 1, blockSourceWrites: true}",
  ]);
  const killedIn = await killBehind(fixture, run, step, delayMs);
  if (isTakenBack) await fixture.cli.editSpec("follow", SPEC);
  const next = fixture.start();
  const end = await endOf(fixture, next);
  await writer.stop();
  if (end === "Completed") {
    expect(await isWritable(fixture)).toBe(false);
    expect(await differences(fixture)).toEqual([]);
    await fixture.sourceClient.db("admin").command({ setUserWriteBlockMode: 1, global: false });
    return { end, killedIn };
  }
  expect(await isWritable(fixture)).toBe(true);
  await fixture.sourceClient
    .db("shop")
    .collection<Keyed>("orders")
    .updateOne({ _id: 0 }, { $set: { round } });
  await expect
    .poll(async () => (await orderZero(fixture))?.["round"], { timeout: WITHIN_MS, interval: 100 })
    .toBe(round);
  next.kill("SIGTERM");
  await next;
  return { end, killedIn };
}

/** @returns The step that was under way; null where the process had ended by itself. */
async function killBehind(
  fixture: FollowFixture,
  run: CliRun,
  step: string,
  delayMs: number,
): Promise<string | null> {
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
async function endOf(fixture: FollowFixture, run: CliRun): Promise<string> {
  let said = "";
  run.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const phase = await readPhase(fixture);
    const hasEnded = run.exitCode !== null || run.signalCode !== null;
    if (hasEnded && phase === "Completed") return phase;
    if (!hasEnded && phase === "Streaming" && (await isGivenUp(fixture))) return phase;
    if (performance.now() > deadline || (hasEnded && phase !== "Completed")) {
      throw new Error(`it is ${phase}, ${hasEnded ? "and has ended" : "and goes on"}: ${said}`);
    }
    await sleep(50);
  }
}

/** Whether no cutover is under way, nor about to begin. */
async function isGivenUp(fixture: FollowFixture): Promise<boolean> {
  const found = await fixture.destinationClient.db("mongoferry").collection("cutovers").findOne();
  const spec = await fixture.cli.readSpec("follow");
  return found === null ? !spec.includes("desiredState: cutover") : found["failure"] !== null;
}

interface Writer {
  stop(): Promise<void>;
}

function writeUntilBlocked(fixture: FollowFixture, seed: number): Writer {
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

async function isWritable(fixture: FollowFixture): Promise<boolean> {
  const probe = fixture.sourceClient.db("elsewhere").collection("probe");
  return probe.insertOne({}).then(
    () => true,
    () => false,
  );
}

async function differences(fixture: FollowFixture): Promise<readonly string[]> {
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

async function orderZero(fixture: FollowFixture): Promise<Document | null> {
  return fixture.destinationClient.db("store").collection<Keyed>("orders").findOne({ _id: 0 });
}

async function forget(fixture: FollowFixture): Promise<void> {
  for (const name of ["mongoferry", "store"]) {
    await fixture.destinationClient.db(name).dropDatabase();
  }
}
