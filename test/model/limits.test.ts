import { describe, expect, it } from "vitest";
import { estimateCopy } from "../../src/model/estimate-copy.ts";
import { heldLimits, limitsInForce, loadKindOf, slowdownOf } from "../../src/model/limits.ts";
import type { LoadWindow } from "../../src/model/load-window.ts";
import { PLAIN_LIMITS } from "../support/plain-limits.ts";

const NOON = new Date("2026-03-02T12:00:00Z");
const NIGHT = new Date("2026-03-02T23:00:00Z");

function day(more: Partial<LoadWindow>): LoadWindow {
  const times = { fromMinute: 8 * 60, toMinute: 20 * 60, timeZone: "UTC", days: null };
  return { ...times, mayCopy: true, limits: {}, ...more };
}

describe("limitsInForce", () => {
  const limits = { ...PLAIN_LIMITS, documentsPerSecond: 1_000, bytesPerSecond: 5_000_000 };

  it("is what the spec says outside of windows", () => {
    const spec = { ...limits, windows: [day({ mayCopy: false })] };
    expect(limitsInForce(spec, {}, NIGHT)).toMatchObject({
      documentsPerSecond: 1_000,
      bytesPerSecond: 5_000_000,
      workers: 4,
      mayCopy: true,
      windows: [],
    });
  });

  it("is what a window says within it, and the rest as outside", () => {
    const window = day({ limits: { documentsPerSecond: null, workers: 1 } });
    expect(limitsInForce({ ...limits, windows: [window] }, {}, NOON)).toMatchObject({
      documentsPerSecond: null,
      bytesPerSecond: 5_000_000,
      workers: 1,
      mayCopy: true,
      windows: [window],
    });
  });

  it("is the strictest where windows of several time zones hold", () => {
    const windows = [
      day({ limits: { documentsPerSecond: null, workers: 8 } }),
      day({ timeZone: "Asia/Shanghai", limits: { documentsPerSecond: 50, bytesPerSecond: 9e6 } }),
      day({ timeZone: "Europe/Berlin", mayCopy: false }),
    ];
    const at = new Date("2026-03-02T10:00:00Z");
    expect(limitsInForce({ ...limits, windows }, {}, at)).toMatchObject({
      documentsPerSecond: 50,
      bytesPerSecond: 5_000_000,
      workers: 4,
      mayCopy: false,
    });
  });

  it("is what was set in the place of it, also in windows", () => {
    const windows = [day({ mayCopy: false, limits: { documentsPerSecond: 50 } })];
    const spec = { ...limits, windows };
    expect(limitsInForce(spec, { documentsPerSecond: null, workers: 2 }, NOON)).toMatchObject({
      documentsPerSecond: null,
      workers: 2,
      mayCopy: false,
    });
    expect(limitsInForce(spec, { hasWindows: false, isAdaptive: true }, NOON)).toMatchObject({
      documentsPerSecond: 1_000,
      mayCopy: true,
      isAdaptive: true,
      windows: [],
    });
  });
});

describe("heldLimits", () => {
  const limits = { ...PLAIN_LIMITS, documentsPerSecond: 1_000, windows: [day({ mayCopy: false })] };
  const noon = limitsInForce(limits, {}, NOON);
  const full = { factor: 1, bytesPerSecond: 8_000_000 };

  it("keeps what is copied waiting, but not what is followed", () => {
    const held = { workers: 4, documentsPerSecond: 1_000, bytesPerSecond: null };
    expect(heldLimits(noon, loadKindOf("Copying"), full)).toEqual({
      ...held,
      mayCopy: false,
      mayCompare: false,
    });
    const streaming = { ...held, mayCopy: true, mayCompare: false };
    expect(heldLimits(noon, loadKindOf("Streaming"), full)).toEqual(streaming);
    const asked = { ...held, mayCopy: true, mayCompare: true };
    expect(heldLimits(noon, "asked-for", full)).toEqual(asked);
    expect(loadKindOf("Verifying")).toBe("copying");
  });

  it("holds nothing back while it cuts over", () => {
    const half = { ...full, factor: 0.5 };
    expect(heldLimits(noon, loadKindOf("CuttingOver"), half)).toEqual({
      workers: 4,
      mayCopy: true,
      mayCompare: true,
      documentsPerSecond: null,
      bytesPerSecond: null,
    });
  });

  it("takes a share of the full speed, or of the rates where they are lower", () => {
    const half = { ...full, factor: 0.5 };
    const night = limitsInForce(limits, {}, NIGHT);
    expect(heldLimits(night, "copying", half)).toMatchObject({
      documentsPerSecond: 500,
      bytesPerSecond: 4_000_000,
    });
    const slow = { ...night, bytesPerSecond: 1_000_000 };
    expect(heldLimits(slow, "copying", half)).toMatchObject({ bytesPerSecond: 500_000 });
  });
});

describe("slowdownOf", () => {
  it("goes by the slowest rates, and by the time in which nothing is copied", () => {
    const windows = [day({ mayCopy: false }), day({ limits: { documentsPerSecond: 100 } })];
    expect(slowdownOf({ ...PLAIN_LIMITS, bytesPerSecond: 7, windows })).toEqual({
      documentsPerSecond: 100,
      bytesPerSecond: 7,
      copyShare: 0.5,
      longestWaitMs: 12 * 3_600_000,
    });
  });

  it("prolongs the estimate", () => {
    const sizes = [{ documentCount: 36_000, dataBytes: 1_000_000, indexBytes: 0 }];
    const hoursWith = (limits: typeof PLAIN_LIMITS): number =>
      Math.round(estimateCopy(sizes, limits).durationMs / 3_600_000);
    expect(hoursWith(PLAIN_LIMITS)).toBe(0);
    expect(hoursWith({ ...PLAIN_LIMITS, documentsPerSecond: 1 })).toBe(10);
    expect(hoursWith({ ...PLAIN_LIMITS, bytesPerSecond: 100 })).toBe(3);
    const waiting = { ...PLAIN_LIMITS, documentsPerSecond: 1, windows: [day({ mayCopy: false })] };
    expect(hoursWith(waiting)).toBe(32);
    expect(estimateCopy([], waiting).durationMs).toBe(0);
  });
});
