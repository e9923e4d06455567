import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BackOff, FULL_SPEED, nextBackOff, type Pressure } from "../../src/model/back-off.ts";

const CALM: Pressure = {
  writeMs: 40,
  cache: { usedShare: 0.8, dirtyShare: 0.05 },
  queuedOperations: 0,
  replicationLagMs: 0,
};
const UNKNOWN: Pressure = {
  writeMs: null,
  cache: null,
  queuedOperations: null,
  replicationLagMs: null,
};

function after(looks: readonly Pressure[], from: BackOff = FULL_SPEED): BackOff {
  return looks.reduce(nextBackOff, from);
}

function times(count: number, pressure: Pressure): readonly Pressure[] {
  return Array.from({ length: count }, () => pressure);
}

describe("nextBackOff", () => {
  it.each<[string, Partial<Pressure>, string]>([
    ["writes", { writeMs: 2_000 }, "the destination's writes take 2.0 s, usually 0 s"],
    [
      "unwritten data",
      { cache: { usedShare: 0.8, dirtyShare: 0.21 } },
      "21 % of the destination's cache is unwritten",
    ],
    [
      "a full cache",
      { cache: { usedShare: 0.96, dirtyShare: 0 } },
      "96 % of the destination's cache is in use",
    ],
    ["a queue", { queuedOperations: 80 }, "80 operations wait for a lock at the destination"],
    [
      "a late secondary",
      { replicationLagMs: 12_000 },
      "a secondary of the destination is 12 s behind",
    ],
  ])("cuts the speed by half for %s, and says so", (_title, change, reason) => {
    const calm = after(times(5, CALM));
    expect(calm.factor).toBe(1);
    expect(nextBackOff(calm, { ...CALM, ...change })).toMatchObject({ factor: 0.5, reason });
  });

  it("goes on cutting while it lasts, but never stops altogether", () => {
    const late = { ...CALM, replicationLagMs: 60_000 };
    const factors = [1, 2, 3, 5, 100].map((count) => after(times(count, late)).factor);
    expect(factors).toEqual([0.5, 0.5, 0.25, 0.125, 0.05]);
  });

  it("recovers bit by bit, once it has been calm for some looks", () => {
    const cut = after([CALM, { ...CALM, replicationLagMs: 60_000 }]);
    const factors = [2, 3, 4, 5, 10].map((count) => after(times(count, CALM), cut).factor);
    expect(factors.map((factor) => Math.round(factor * 1000) / 1000)).toEqual([
      0.5, 0.65, 0.845, 1, 1,
    ]);
    expect(after(times(10, CALM), cut).reason).toBeNull();
  });

  it("stays where it is while the signs are neither strong nor gone", () => {
    const between = { ...CALM, replicationLagMs: 7_000 };
    expect(after(times(20, between)).factor).toBe(1);
    const cut = after([CALM, { ...CALM, replicationLagMs: 60_000 }]);
    expect(after(times(20, between), cut).factor).toBe(0.5);
    // Having been calm before does not count.
    const looks = [...times(2, CALM), between, ...times(2, CALM)];
    expect(after(looks, cut).factor).toBe(0.5);
  });

  it("takes for usual what writes take from the beginning, as over a long distance", () => {
    const far = { ...CALM, writeMs: 1_500 };
    expect(after(times(20, far)).factor).toBe(1);
    expect(after([...times(20, far), { ...far, writeMs: 8_000 }]).factor).toBe(0.5);
  });

  it("does not learn from what is slow", () => {
    const slow = { ...CALM, writeMs: 3_000 };
    const { usualWriteMs } = after([...times(5, CALM), ...times(50, slow)]);
    expect(usualWriteMs).toBeCloseTo(40);
  });

  it("says nothing where nothing is known", () => {
    expect(after(times(10, UNKNOWN))).toMatchObject({ factor: 1, reason: null });
  });

  it("stays between the least speed and the full one, and comes back whatever was before", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const pressures = fc.record({
      writeMs: fc.option(fc.integer({ min: 0, max: 100_000 })),
      cache: fc.option(fc.record({ usedShare: share, dirtyShare: share })),
      queuedOperations: fc.option(fc.nat(1_000)),
      replicationLagMs: fc.option(fc.nat(100_000)),
    });
    fc.assert(
      fc.property(fc.array(pressures, { maxLength: 60 }), (looks) => {
        const state = after(looks);
        expect(state.factor).toBeGreaterThanOrEqual(0.05);
        expect(state.factor).toBeLessThanOrEqual(1);
        expect(state.factor < 1).toBe(state.reason !== null);
        expect(after(times(20, { ...UNKNOWN, writeMs: 1 }), state).factor).toBe(1);
      }),
    );
  });
});
