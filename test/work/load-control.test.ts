import { setMaxListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HeldLimits } from "../../src/model/limits.ts";
import { LoadControl } from "../../src/work/load-control.ts";

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);
const FREE: HeldLimits = {
  workers: 4,
  mayCopy: true,
  mayCompare: true,
  documentsPerSecond: null,
  bytesPerSecond: null,
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Under fake time, which the control sees too. */
function control(limits: Partial<HeldLimits> = {}): LoadControl {
  const clock = { now: () => new Date(), monotonicMs: () => Date.now() };
  return new LoadControl(clock, { ...FREE, ...limits });
}

/** Takes as much as it can, by some workers at once. */
function writers(load: LoadControl, bytesOfDocument: number, count = 3): { taken: number } {
  const state = { taken: 0 };
  const write = async (): Promise<void> => {
    for (;;) {
      const { documentCount, bytes } = load.portion ?? { documentCount: 100, bytes: Infinity };
      const most = Math.min(documentCount, Math.floor(bytes / bytesOfDocument));
      await load.take(most, most * bytesOfDocument, NEVER);
      state.taken += most;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  for (let writer = 0; writer < count; writer++) void write();
  return state;
}

describe("LoadControl", () => {
  it("has nobody wait where nothing is limited", async () => {
    const load = control();
    expect(load.portion).toBeNull();
    expect(await load.take(1e9, 1e12, NEVER)).toBe(false);
    expect(await load.take(1e9, 1e12, NEVER)).toBe(false);
    expect(load.passed).toEqual({ documentCount: 2e9, bytes: 2e12 });
  });

  it.each([
    ["documents", { documentsPerSecond: 700 }, 700],
    ["bytes", { bytesPerSecond: 70_000 }, 700],
    ["both", { documentsPerSecond: 900, bytesPerSecond: 70_000 }, 700],
  ])("holds a rate of %s", async (_title, limits, perSecond) => {
    const load = control(limits);
    const state = writers(load, 100);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(state.taken).toBeGreaterThan(perSecond * 30 * 0.97);
    expect(state.taken).toBeLessThan(perSecond * 30 * 1.04);
  });

  it("obeys another rate at once, also for those who wait", async () => {
    const load = control({ documentsPerSecond: 0.1 });
    await load.take(1, 1, NEVER);
    let isThrough = false;
    void load.take(1, 1, NEVER).then(() => (isThrough = true));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(isThrough).toBe(false);
    load.hold(FREE);
    await vi.advanceTimersByTimeAsync(0);
    expect(isThrough).toBe(true);

    load.hold({ ...FREE, documentsPerSecond: 100 });
    const state = writers(load, 10);
    await vi.advanceTimersByTimeAsync(5_000);
    load.hold({ ...FREE, documentsPerSecond: 10 });
    const before = state.taken;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.taken - before).toBeGreaterThanOrEqual(95);
    expect(state.taken - before).toBeLessThanOrEqual(110);
  });

  it("lets through in the order in which it was asked", async () => {
    const load = control({ documentsPerSecond: 10 });
    const order: number[] = [];
    for (const turn of [1, 2, 3, 4]) void load.take(1, 1, NEVER).then(() => order.push(turn));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it("ends the waiting of those who are told to stop, and lets the others go on", async () => {
    const load = control({ documentsPerSecond: 1 });
    await load.take(1, 1, NEVER);
    const stop = new AbortController();
    const stopped = load.take(1_000, 1, stop.signal);
    let isThrough = false;
    void load.take(1, 1, NEVER).then(() => (isThrough = true));
    stop.abort(new Error("told to"));
    await expect(stopped).rejects.toThrow("told to");
    await vi.advanceTimersByTimeAsync(1_100);
    expect(isThrough).toBe(true);
    await expect(load.take(1, 1, stop.signal)).rejects.toThrow("told to");
  });

  it("lets through last what has time, however long that has waited", async () => {
    const load = control({ documentsPerSecond: 10 });
    const order: string[] = [];
    const take = (name: string): void => {
      void load.take(1, 1, NEVER).then(() => order.push(name));
    };
    await load.take(1, 1, NEVER);
    void load.takePatiently(1, 1, NEVER).then(() => order.push("patient"));
    void load.takePatiently(1, 1, NEVER).then(() => order.push("patient too"));
    take("a");
    take("b");
    await vi.advanceTimersByTimeAsync(250);
    take("c");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(order).toEqual(["a", "b", "c", "patient", "patient too"]);
    const stop = new AbortController();
    const stopped = load.takePatiently(100, 1, stop.signal);
    const beside = load.takePatiently(100, 1, stop.signal);
    stop.abort(new Error("told to"));
    await expect(beside).rejects.toThrow("told to");
    await stopped.catch(() => {});
  });

  it("has comparing wait for its time of the day while what is new is copied", async () => {
    const load = control({ mayCompare: false });
    await load.untilMayCopy(NEVER);
    let isTime = false;
    const waiting = load.untilMayCompare(NEVER).then(() => (isTime = true));
    await vi.advanceTimersByTimeAsync(100);
    expect(isTime).toBe(false);
    load.hold(FREE);
    await waiting;
  });

  it("has copying wait for its time of the day", async () => {
    const load = control({ mayCopy: false });
    const stop = new AbortController();
    const waiting = load.untilMayCopy(NEVER);
    const stopped = load.untilMayCopy(stop.signal);
    stop.abort(new Error("told to"));
    await expect(stopped).rejects.toThrow("told to");
    load.hold(FREE);
    await waiting;
    await load.untilMayCopy(NEVER);
  });

  it("tells of another number of workers", () => {
    const load = control();
    const told: number[] = [];
    const end = load.onWorkersChanged((workers) => told.push(workers));
    load.hold(FREE);
    load.hold({ ...FREE, workers: 2 });
    end();
    load.hold({ ...FREE, workers: 3 });
    expect(told).toEqual([2]);
    expect(load.workers).toBe(3);
  });

  it("knows what writes take, also those that do not end", async () => {
    const load = control();
    expect(load.readWriteMs()).toBeNull();
    const lasting = async (ms: number): Promise<void> =>
      load.watchWrite(1, 1, async () => new Promise((resolve) => setTimeout(resolve, ms)));
    void lasting(100);
    void lasting(300);
    await vi.advanceTimersByTimeAsync(300);
    expect(load.readWriteMs()).toBe(200);
    // Of one ten times as large, a tenth counts.
    const large = load.watchWrite(10_000, 1, async () => new Promise((r) => setTimeout(r, 2_000)));
    await vi.advanceTimersByTimeAsync(2_000);
    await large;
    expect(load.readWriteMs()).toBe(200);
    void lasting(60_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(load.readWriteMs()).toBe(5_000);
    await expect(
      load.watchWrite(1, 1, async () => {
        throw new Error("refused");
      }),
    ).rejects.toThrow("refused");
  });
});
