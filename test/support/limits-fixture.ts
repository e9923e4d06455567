/** The command line at work between two borrowed sets, and what shows the load that it causes. */
import type { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type CliFixture, type CliRun, openCliFixture } from "./cli-fixture.ts";
import { openTwoEnds, type TwoEnds } from "./two-ends.ts";

export const FULL = ["mode: full", "objects: [{database: shop}]", "verification: off"];
export const BOTH = ["mode: full-and-incremental", "objects: [{database: shop}]"];
/** How soon a change has to take effect. */
export const EFFECT_MS = 5_000;
const WITHIN_MS = 60_000;

export interface LimitsFixture {
  /** Of the source. */
  readonly from: MongoClient;
  /** Of the destination. */
  readonly to: MongoClient;
  /** As new for each test. */
  readonly cli: CliFixture;
  /** Starts `apply`, and ends it with the test. */
  apply(): CliRun;
  fill(collection: string, documentCount: number, padding: string): Promise<void>;
  copied(collection?: string): Promise<number>;
  /** Documents per second that arrive in a collection; measured by what the destination holds and when it says so. */
  arrivingPerSecond(ms: number, collection?: string): Promise<number>;
  /** Waits for what is to come, while the program runs. */
  until(isSo: () => Promise<boolean>): Promise<void>;
  /** What `status` says with these arguments. */
  set(...args: readonly string[]): Promise<string>;
  readStatus(): Promise<{
    readonly phase: string;
    readonly limits: {
      readonly backOff: { readonly reason: string } | null;
      readonly documentsPerSecond: number | null;
      readonly set: readonly string[];
    };
  }>;
  /** @param ms - What each insert at the destination takes longer; zero: nothing. */
  blockWrites(ms: number): Promise<void>;
}

/** For all tests of a file; each begins with empty ends. */
export function useLimitsFixture(): LimitsFixture {
  let ends: TwoEnds;
  let cli: CliFixture;
  let run: CliRun | null = null;

  beforeAll(async () => {
    ends = await openTwoEnds();
  });
  afterAll(async () => ends?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await ends.empty();
    cli = await openCliFixture(ends.uris);
  });
  afterEach(async () => {
    await blockWrites(0);
    run?.kill("SIGKILL");
    await run;
    run = null;
    await cli[Symbol.asyncDispose]();
  });

  async function copied(collection = "orders"): Promise<number> {
    return ends.there.db("shop").collection(collection).countDocuments();
  }

  async function set(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await cli.start(["status", ...args]);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  async function blockWrites(ms: number): Promise<void> {
    const data = {
      failCommands: ["insert"],
      namespace: "shop.orders",
      blockConnection: true,
      blockTimeMS: ms,
    };
    await ends.there.db("admin").command({
      configureFailPoint: "failCommand",
      ...(ms === 0 ? { mode: "off" } : { mode: "alwaysOn", data }),
    });
  }

  return {
    get from() {
      return ends.client;
    },
    get to() {
      return ends.there;
    },
    get cli() {
      return cli;
    },
    apply() {
      run = cli.start(["apply"]);
      return run;
    },
    async fill(collection, documentCount, padding) {
      for (let first = 0; first < documentCount; first += 10_000) {
        const count = Math.min(10_000, documentCount - first);
        await ends.client
          .db("shop")
          .collection<{ _id: number; pad: string }>(collection)
          .insertMany(Array.from({ length: count }, (_, i) => ({ _id: first + i, pad: padding })));
      }
    },
    copied,
    async arrivingPerSecond(ms, collection) {
      const before = await copied(collection);
      const fromMs = performance.now();
      await sleep(ms);
      const after = await copied(collection);
      return (after - before) / ((performance.now() - fromMs) / 1000);
    },
    async until(isSo) {
      const deadline = performance.now() + WITHIN_MS;
      while (!(await isSo())) {
        if (run?.exitCode != null) throw new Error(`it has ended: ${String((await run).stderr)}`);
        if (performance.now() > deadline) throw new Error(`it is never so: ${isSo.toString()}`);
        await sleep(50);
      }
    },
    set,
    readStatus: async () => JSON.parse(await set("--output", "json")),
    blockWrites,
  };
}

export function expectNear(measured: number, perSecond: number): void {
  expect(measured).toBeGreaterThan(perSecond * 0.9);
  expect(measured).toBeLessThan(perSecond * 1.1);
}
