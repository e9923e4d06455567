import { describe, expect, it } from "vitest";
import { estimateCopy } from "../../src/model/estimate-copy.ts";

const MIB = 1024 ** 2;
const SIZES = { documentCount: 60_000, dataBytes: 40 * MIB, indexBytes: 20 * MIB };

function durationOf(changes: Partial<typeof SIZES>): number {
  return estimateCopy([{ ...SIZES, ...changes }]).durationMs;
}

describe("estimateCopy", () => {
  it("adds up what collections hold", () => {
    const { documentCount, dataBytes, indexBytes } = estimateCopy([SIZES, SIZES]);
    expect({ documentCount, dataBytes, indexBytes }).toEqual({
      documentCount: 120_000,
      dataBytes: 80 * MIB,
      indexBytes: 40 * MIB,
    });
  });

  it("takes the slower of bytes and documents, then the indexes", () => {
    expect(durationOf({})).toBe(2_050);
    expect(durationOf({ dataBytes: 80 * MIB })).toBe(3_050);
    expect(durationOf({ documentCount: 180_000 })).toBe(4_050);
    expect(durationOf({ indexBytes: 0 })).toBe(1_050);
  });

  it("is nothing for nothing, and whole milliseconds otherwise", () => {
    expect(estimateCopy([])).toEqual({
      documentCount: 0,
      dataBytes: 0,
      indexBytes: 0,
      durationMs: 0,
    });
    expect(Number.isInteger(durationOf({ dataBytes: 1_234_567, documentCount: 1 }))).toBe(true);
  });
});
