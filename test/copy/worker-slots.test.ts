import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { WorkerSlots } from "../../src/copy/worker-slots.ts";

/** Workers that work step by step, and step aside when they are told to. */
class Works {
  readonly slots: WorkerSlots;
  readonly working = new Set<string>();
  readonly done: string[] = [];
  isOver = false;

  constructor(most: number) {
    this.slots = new WorkerSlots(most);
  }

  start(name: string): Promise<void> {
    return this.slots.use(async (slot) => {
      this.working.add(name);
      while (!this.isOver) {
        await setImmediate();
        if (!slot.mustStepAside()) continue;
        this.working.delete(name);
        await slot.stepAside();
        this.working.add(name);
      }
      this.working.delete(name);
      this.done.push(name);
    });
  }

  async settled(): Promise<readonly string[]> {
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    return [...this.working];
  }
}

describe("WorkerSlots", () => {
  it("follows the number of workers, up and down", async () => {
    const works = new Works(2);
    const all = Promise.all(["a", "b", "c", "d"].map((name) => works.start(name)));
    expect(await works.settled()).toEqual(["a", "b"]);
    works.slots.setMost(4);
    expect((await works.settled()).length).toBe(4);
    works.slots.setMost(1);
    expect((await works.settled()).length).toBe(1);
    works.slots.setMost(3);
    expect((await works.settled()).length).toBe(3);
    works.isOver = true;
    await all;
    expect(works.done.toSorted()).toEqual(["a", "b", "c", "d"]);
  });

  it("lets those come back first who had to step aside", async () => {
    const works = new Works(2);
    const all = Promise.all(["a", "b"].map((name) => works.start(name)));
    await works.settled();
    works.slots.setMost(1);
    const [left] = await works.settled();
    const late = works.start("late");
    works.slots.setMost(2);
    expect(new Set(await works.settled())).toEqual(new Set(["a", "b"]));
    expect(left).toBeDefined();
    works.isOver = true;
    await Promise.all([all, late]);
  });

  it("counts one who fails after it was told to step aside", async () => {
    const slots = new WorkerSlots(2);
    const [fail, end] = [new AbortController(), new AbortController()];
    const failing = slots.use(async (slot) => {
      await once(fail.signal, "abort");
      expect(slot.mustStepAside()).toBe(true);
      throw new Error("lost");
    });
    const other = slots.use(async () => once(end.signal, "abort"));
    slots.setMost(1);
    await setImmediate();
    fail.abort();
    await expect(failing).rejects.toThrow("lost");
    let hasBegun = false;
    const third = slots.use(async (slot) => {
      hasBegun = true;
      expect(slot.mustStepAside()).toBe(false);
    });
    await setImmediate();
    expect(hasBegun).toBe(false);
    end.abort();
    await Promise.all([other, third]);
    expect(hasBegun).toBe(true);
  });
});
