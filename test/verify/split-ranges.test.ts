import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseRangeCount, keysToPick, splitRanges } from "../../src/verify/split-ranges.ts";

const MIB = 1024 * 1024;

describe("splitRanges", () => {
  it("covers every key once: each range begins where the one before ends", () => {
    const sample = fc
      .array(fc.uint8Array({ minLength: 1, maxLength: 2 }))
      .map((keys) => keys.toSorted((a, b) => Buffer.compare(a, b)));
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 50 }), (keys, count) => {
        const ranges = splitRanges(keys, count);
        expect(ranges[0]?.min).toBeNull();
        expect(ranges.at(-1)?.max).toBeNull();
        expect(ranges.length).toBeLessThanOrEqual(count);
        for (const [index, range] of ranges.entries()) {
          const next = ranges[index + 1];
          if (next === undefined) continue;
          expect(range.max).toBe(next.min);
          const isRising =
            range.min === null || range.max === null || Buffer.compare(range.min, range.max) < 0;
          expect(isRising).toBe(true);
        }
      }),
    );
  });

  it("divides what is large, and only that", () => {
    const counts = [0, 40 * MIB, 400 * MIB, 1e15].map((dataBytes) =>
      chooseRangeCount({ documentCount: 1, dataBytes }, null),
    );
    expect(counts).toEqual([1, 1, 8, 2_000]);
    expect(keysToPick(8)).toBe(80);
  });

  it("divides further what is read slowly, by documents or bytes", () => {
    const count = (documentCount: number, bytes: number): number =>
      chooseRangeCount({ documentCount: 3_000, dataBytes: MIB }, { documentCount, bytes });
    expect([count(250, Infinity), count(5_000, MIB / 4), count(5_000, Infinity)]).toEqual([
      12, 4, 1,
    ]);
    expect(count(1, 1)).toBe(2_000);
  });
});
