import { describe, expect, it } from "vitest";
import { PassedMeter } from "../../src/work/passed-meter.ts";

describe("PassedMeter", () => {
  it("knows the highest speed of late, without what went through while it was held back", () => {
    const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
    const meter = new PassedMeter(clock);
    let bytes = 0;
    const pass = (megabytes: number, isFullSpeed: boolean): number => {
      clock.nowMs += 1_000;
      bytes += megabytes * 1_000_000;
      meter.look({ documentCount: 0, bytes }, isFullSpeed);
      return meter.bytesPerSecond / 1_000_000;
    };
    expect(pass(0, true)).toBe(1);
    expect(pass(40, true)).toBe(40);
    expect(pass(10, true)).toBeCloseTo(39.6);
    expect(pass(90, false)).toBeCloseTo(39.6);
    for (let second = 0; second < 300; second++) pass(2, true);
    expect(pass(2, true)).toBeCloseTo(2, 0);
  });
});
