import { expect, it, vi } from "vitest";
import type { Pressure } from "../../src/model/back-off.ts";
import {
  type LimitOverrides,
  type Limits,
  loadKindOf,
  type LoadRecord,
  type ReadFrom,
} from "../../src/model/limits.ts";
import type { Situation } from "../../src/situation.ts";
import { withinLimits } from "../../src/work/keep-load.ts";
import type { KeepLoadTools } from "../../src/work/load-keeper.ts";
import type { LoadControl } from "../../src/work/load-control.ts";
import { PLAIN_LIMITS } from "../support/plain-limits.ts";

type Seen = Omit<Pressure, "writeMs">;

const CALM: Seen = { cache: null, queuedOperations: null, replicationLagMs: 0 };
const NEVER = new Promise<never>(() => {});

const PACE = { lookEveryMs: 10, holdEveryMs: 4, answerWithinMs: 30, repeatEveryMs: 50 };

/** Everything around the work, which is what the spec, the store and the destination say. */
class Surroundings {
  limits: Limits = { ...PLAIN_LIMITS, isAdaptive: true };
  overrides: () => Promise<LimitOverrides> = async () => ({});
  pressure: () => Promise<Seen> = async () => CALM;
  readonly stored: LoadRecord[] = [];
  readonly said: string[] = [];
  readFrom: ReadFrom = "primary";
  load: LoadControl | null = null;
  readonly #end = new AbortController();

  work(phase: "Copying" | "Streaming" = "Copying", pace = PACE): Promise<void> {
    const migrationOf = (): { name: string; limits: Limits } => ({
      name: "m",
      limits: this.limits,
    });
    const situation = {
      get migration() {
        return migrationOf();
      },
      lease: { migration: "m", epoch: 1 },
      store: {
        readLimitOverrides: async () => this.overrides(),
        storeLoad: async (_lease: unknown, record: LoadRecord) => this.stored.push(record),
      },
    } as unknown as Situation;
    const say = (text: string): void => {
      this.said.push(text);
    };
    const tools = {
      logger: { info: say, warn: say, debug: () => {}, error: say },
      ends: {
        connectSource: async () => ({
          readDocumentsFrom: (member: ReadFrom) => (this.readFrom = member),
        }),
        connectDestination: async () => ({ readPressure: async () => this.pressure() }),
      },
    } as unknown as KeepLoadTools;
    return withinLimits(
      loadKindOf(phase),
      situation,
      tools,
      async (load) => {
        this.load = load;
        await new Promise((resolve) => this.#end.signal.addEventListener("abort", resolve));
      },
      pace,
    );
  }

  async end(working: Promise<void>): Promise<void> {
    this.#end.abort();
    await working;
  }
}

/** Documents that may be written at once, by what a portion holds: a quarter of a second's worth. */
function rateOf({ load }: Surroundings): number | null {
  const portion = load?.portion ?? null;
  return portion === null ? null : portion.documentCount * 4;
}

it("holds what the spec says by now, and what was set in its place", async () => {
  const around = new Surroundings();
  const working = around.work();
  await vi.waitFor(() => expect(around.stored).not.toEqual([]));
  expect(rateOf(around)).toBeNull();
  around.limits = { ...around.limits, documentsPerSecond: 400, readFrom: "secondary" };
  await vi.waitFor(() => expect([rateOf(around), around.readFrom]).toEqual([400, "secondary"]));
  around.overrides = async () => ({ documentsPerSecond: 800, workers: 7 });
  await vi.waitFor(() => expect([rateOf(around), around.load?.workers]).toEqual([800, 7]));
  expect(around.said).toEqual([
    "Limits: 400 docs/s, 4 workers, reads from a secondary",
    "Limits: 800 docs/s, 7 workers, reads from a secondary",
  ]);
  const stored = { inForce: { workers: 7 }, backOff: null };
  await vi.waitFor(() => expect(around.stored.at(-1)).toMatchObject(stored));
  // Once more, although nothing has changed.
  const count = around.stored.length;
  await vi.waitFor(() => expect(around.stored.length).toBeGreaterThan(count));
  await around.end(working);
});

it("goes on with what it knows while nobody answers, and still obeys the spec", async () => {
  const around = new Surroundings();
  around.overrides = async () => ({ workers: 2 });
  const working = around.work();
  await vi.waitFor(() => expect(around.load?.workers).toBe(2));
  let asked = 0;
  around.overrides = async () => {
    asked++;
    return asked % 2 === 0 ? NEVER : Promise.reject(new Error("lost"));
  };
  around.pressure = async () => NEVER;
  around.limits = { ...around.limits, documentsPerSecond: 400 };
  await vi.waitFor(() => expect(rateOf(around)).toBe(400));
  await vi.waitFor(() => expect(asked).toBeGreaterThan(4));
  expect([around.load?.workers, rateOf(around)]).toEqual([2, 400]);
  await around.end(working);
});

it("begins to work even where nobody answers from the beginning", async () => {
  const around = new Surroundings();
  around.overrides = async () => NEVER;
  const working = around.work();
  await vi.waitFor(() => expect(around.load).not.toBeNull());
  await around.end(working);
});

it("ends with the work, whoever does not answer then", async () => {
  const around = new Surroundings();
  const working = around.work("Copying", { ...PACE, answerWithinMs: 60_000 });
  await vi.waitFor(() => expect(around.stored).not.toEqual([]));
  const asked = { overrides: false, pressure: false };
  around.overrides = async () => {
    asked.overrides = true;
    return NEVER;
  };
  around.pressure = async () => {
    asked.pressure = true;
    return NEVER;
  };
  await vi.waitFor(() => expect(asked).toEqual({ overrides: true, pressure: true }));
  await around.end(working);
});

it("backs off from pressure, says so and stores it, and comes back", async () => {
  const around = new Surroundings();
  around.limits = { ...around.limits, documentsPerSecond: 4_000 };
  const working = around.work("Streaming");
  await vi.waitFor(() => expect(rateOf(around)).toBe(4_000));
  const reason = "a secondary of the destination is 20 s behind";
  around.pressure = async () => ({ ...CALM, replicationLagMs: 20_000 });
  await vi.waitFor(() => expect(rateOf(around)).toBeLessThanOrEqual(2_000));
  await vi.waitFor(() => expect(around.stored.at(-1)?.backOff).toMatchObject({ reason }));
  around.pressure = async () => CALM;
  await vi.waitFor(() => expect(rateOf(around)).toBe(4_000));
  await vi.waitFor(() => expect(around.stored.at(-1)?.backOff).toBeNull());
  expect(around.said.slice(0, 2)).toEqual([
    "Limits: 4,000 docs/s, 4 workers",
    `Backs off to 50 % of its speed: ${reason}`,
  ]);
  expect(around.said.at(-1)).toBe("At full speed again: the destination is under pressure no more");
  // Turned off, it does not even ask.
  around.overrides = async () => ({ isAdaptive: false });
  let asked = 0;
  around.pressure = async () => {
    asked++;
    return { ...CALM, replicationLagMs: 20_000 };
  };
  await vi.waitFor(() => expect(around.stored.at(-1)?.inForce.isAdaptive).toBe(false));
  await vi.waitFor(() => expect(rateOf(around)).toBe(4_000));
  const before = asked;
  const count = around.stored.length;
  await vi.waitFor(() => expect(around.stored.length).toBeGreaterThan(count + 1));
  expect(asked).toBe(before);
  await around.end(working);
});
