import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LatestWriter } from "../../src/base/latest-writer.ts";

describe("LatestWriter", () => {
  it("stores one at a time, in order, and the last value always", async () => {
    const steps = fc.array(fc.record({ puts: fc.nat(4), turns: fc.nat(3) }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(4), async (script, storeTurns) => {
        const stored: number[] = [];
        let underWay = 0;
        const writer = new LatestWriter<number>(async (value) => {
          expect(++underWay).toBe(1);
          for (let turn = 0; turn < storeTurns; turn++) await setImmediate();
          stored.push(value);
          underWay--;
        });
        let last = 0;
        for (const { puts, turns } of script) {
          for (let put = 0; put < puts; put++) writer.put(++last);
          for (let turn = 0; turn < turns; turn++) await setImmediate();
        }
        await writer.flush();
        expect(stored).toEqual([...new Set(stored)].toSorted((a, b) => a - b));
        expect(stored.at(-1) ?? 0).toBe(last);
      }),
    );
  });

  it("skips values that are outdated before their turn comes", async () => {
    const stored: number[] = [];
    const writer = new LatestWriter<number>(async (value) => {
      await setImmediate();
      stored.push(value);
    });
    for (const value of [1, 2, 3, 4]) writer.put(value);
    await writer.flush();
    expect(stored).toEqual([1, 4]);
  });

  it("shows a failure at the next put and at flush, and stores nothing more", async () => {
    const stored: number[] = [];
    const writer = new LatestWriter<number>(async (value) => {
      stored.push(value);
      throw new Error("lease lost");
    });
    writer.put(1);
    writer.put(2);
    await expect(writer.flush()).rejects.toThrow("lease lost");
    expect(() => writer.put(3)).toThrow("lease lost");
    await expect(writer.flush()).rejects.toThrow("lease lost");
    expect(stored).toEqual([1]);
  });

  it("has nothing to flush before the first value", async () => {
    const writer = new LatestWriter<number>(async () => {});
    await expect(writer.flush()).resolves.toBeUndefined();
  });
});
