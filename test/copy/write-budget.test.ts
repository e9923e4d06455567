import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WriteBudget } from "../../src/copy/write-budget.ts";

describe("WriteBudget", () => {
  it("never lets more through at once than it has, but for one that is larger alone", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.nat(3), { minLength: 1 }), async (all, turns) => {
        const budget = new WriteBudget(20, 5);
        const order: number[] = [];
        const inside = new Set<number>();
        await Promise.all(
          all.map(async (bytes, index) => {
            await budget.acquire(bytes);
            order.push(index);
            inside.add(index);
            const held = [...inside].reduce((sum, each) => sum + (all[each] ?? 0), 0);
            expect((held <= 20 && inside.size <= 5) || inside.size === 1).toBe(true);
            // Others may have been let in that do not know it yet.
            expect(budget.usedBytes).toBeGreaterThanOrEqual(held);
            for (let turn = turns[index % turns.length] ?? 0; turn > 0; turn--)
              await setImmediate();
            inside.delete(index);
            budget.release(bytes);
          }),
        );
        expect(order).toEqual([...all.keys()]);
        expect(budget.usedBytes).toBe(0);
      }),
    );
  });

  it("does not let small ones overtake a large one forever", async () => {
    const budget = new WriteBudget(10, 5);
    const admitted: string[] = [];
    await budget.acquire(6);
    const large = budget.acquire(10).then(() => admitted.push("large"));
    const small = budget.acquire(1).then(() => admitted.push("small"));
    await setImmediate();
    expect(admitted).toEqual([]);
    budget.release(6);
    await large;
    budget.release(10);
    await small;
    expect(admitted).toEqual(["large", "small"]);
  });

  it("says whether there was room", async () => {
    const budget = new WriteBudget(10, 2);
    const answers = [budget.acquire(1), budget.acquire(1), budget.acquire(1)];
    await setImmediate();
    budget.release(1);
    expect(await Promise.all(answers)).toEqual([false, false, true]);
  });

  it.each([
    [0, 1],
    [-1, 1],
    [1, 0],
  ])("refuses %d bytes and %d writes, with which nothing would ever pass", (bytes, writes) => {
    expect(() => new WriteBudget(bytes, writes)).toThrow("must be positive");
  });
});
