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
    expect([0, 40 * MIB, 400 * MIB, 1e15].map(chooseRangeCount)).toEqual([1, 1, 8, 2_000]);
    expect(keysToPick(8)).toBe(80);
  });
});
