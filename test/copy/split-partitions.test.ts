import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePartitionCount, pickSplitKeys, toRanges } from "../../src/copy/split-partitions.ts";
import type { KeyRange } from "../../src/ports.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** One byte stands for a key; the server's order is theirs. */
function key(value: number): Uint8Array {
  return Buffer.from([value]);
}

function holds({ min, max }: KeyRange, value: number): boolean {
  const from = min?.[0] ?? Number.NEGATIVE_INFINITY;
  const to = max?.[0] ?? Number.POSITIVE_INFINITY;
  return from <= value && value < to;
}

const sample = fc
  .array(fc.nat(255), { maxLength: 100 })
  .map((values) => values.toSorted((a, b) => a - b).map(key));

describe("choosePartitionCount", () => {
  it.each([
    ["nothing", 0, 4, 1],
    ["less than is worth it", 31 * MIB, 4, 1],
    ["enough for two", 32 * MIB, 4, 2],
    ["enough for all workers", 128 * MIB, 4, 8],
    ["no more than workers can use", 2 * GIB, 4, 8],
    ["no larger ones than 256 MiB", 16 * GIB, 4, 64],
    ["no more than the metadata should hold", 8_192 * GIB, 4, 4_096],
    ["one worker", GIB, 1, 4],
  ])("%s", (_, dataBytes, workers, count) => {
    expect(choosePartitionCount(dataBytes, workers)).toBe(count);
  });
});

describe("pickSplitKeys and toRanges", () => {
  const FIRST = key(0);

  it("I4 hold every key exactly once, whatever the sample", () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 40 }), (keys, count) => {
        const ranges = toRanges(pickSplitKeys(keys, count, FIRST), FIRST);
        expect(ranges.length).toBeGreaterThanOrEqual(1);
        expect(ranges.length).toBeLessThanOrEqual(count);
        const counts: number[] = [];
        for (let value = 0; value <= 255; value++) {
          counts.push(ranges.filter((range) => holds(range, value)).length);
        }
        expect(new Set(counts)).toEqual(new Set([1]));
      }),
    );
  });

  it("meet without a gap and without an empty range between", () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 40 }), (keys, count) => {
        const ranges = toRanges(pickSplitKeys(keys, count, FIRST), FIRST);
        expect([ranges[0]?.min, ranges.at(-1)?.max]).toEqual([FIRST, null]);
        for (const [index, range] of ranges.slice(1).entries()) {
          expect(range.min).toBe(ranges[index]?.max);
          if (range.max !== null) expect(holds(range, range.min?.[0] ?? -1)).toBe(true);
        }
      }),
    );
  });

  it("cut an even sample evenly", () => {
    const even = Array.from({ length: 100 }, (_, value) => key(value));
    expect(pickSplitKeys(even, 4, FIRST).map((each) => each[0])).toEqual([25, 50, 75]);
  });

  it("leave a collection whole without a sample, or with one value only for one cut", () => {
    expect(toRanges(pickSplitKeys([], 8, FIRST), FIRST)).toEqual([{ min: FIRST, max: null }]);
    const same = Array.from({ length: 50 }, () => key(7));
    expect(pickSplitKeys(same, 8, FIRST)).toEqual([key(7)]);
    expect(pickSplitKeys(same, 8, key(7))).toEqual([]);
  });
});
