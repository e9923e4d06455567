import { describe, expect, it } from "vitest";
import { LagMeter } from "../../src/feed/lag-meter.ts";

const at = (seconds: number, increment = 1) => ({ seconds, increment });

describe("LagMeter", () => {
  it("tells how long ago the source was first as far as the destination is not", () => {
    const meter = new LagMeter();
    meter.noteApplied(at(10));
    meter.noteSource(at(10), 1_000);
    expect(meter.lagMs(2_000)).toBe(0);
    meter.noteSource(at(10, 2), 2_000);
    meter.noteSource(at(10, 2), 3_000);
    meter.noteSource(at(11), 4_000);
    expect(meter.lagMs(5_000)).toBe(3_000);
    meter.noteApplied(at(10, 2));
    expect(meter.lagMs(5_000)).toBe(1_000);
    meter.noteApplied(at(11));
    expect(meter.lagMs(5_000)).toBe(0);
  });

  it("does not call a destination current whose source has not answered", () => {
    const meter = new LagMeter();
    meter.noteSource(at(10), 1_000);
    meter.noteApplied(at(10));
    expect(meter.lagMs(3_000)).toBe(0);
    expect(meter.lagMs(31_000)).toBe(30_000);
    meter.noteSource(at(10), 31_000);
    expect(meter.lagMs(31_200)).toBe(0);
  });

  it("keeps the beginning of a long lag, in bounded memory", () => {
    const meter = new LagMeter();
    for (let n = 1; n <= 5_000; n++) meter.noteSource(at(n), n * 1_000);
    expect(meter.lagMs(5_000_000)).toBe(5_000_000 - 1_000);
  });
});
