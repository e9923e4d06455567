import { describe, expect, it } from "vitest";
import { CannotCutOver } from "../../src/cutover/cannot-cut-over.ts";
import { QuietGoal } from "../../src/cutover/quiet-goal.ts";
import type { ClusterTime } from "../../src/model/run.ts";

const QUIET_MS = 1_000;
const WAIT_MS = 10_000;

function open() {
  let nowMs = 0;
  let sourceSeconds = 100;
  const said: string[] = [];
  const goal = new QuietGoal(
    { quietMs: QUIET_MS, waitMs: WAIT_MS },
    {
      clock: { now: () => new Date(nowMs), monotonicMs: () => nowMs },
      takeFence: async () => at(Math.round(sourceSeconds)),
      onFence: async ({ seconds }) => void said.push(`fence ${seconds}`),
      onNoise: async () => void said.push("noise"),
    },
  );
  return {
    goal,
    said,
    pass(ms: number): void {
      nowMs += ms;
      sourceSeconds += ms / 1_000;
    },
  };
}

function at(seconds: number, increment = 1): ClusterTime {
  return { seconds, increment };
}

describe("QuietGoal", () => {
  it("I6 takes the fence once it was quiet, and is reached once everything up to there is applied", async () => {
    const { goal, said, pass } = open();
    expect(await goal.isReached(at(100), true)).toBe(false);
    pass(QUIET_MS - 1);
    expect(await goal.isReached(at(100), true)).toBe(false);
    expect(said).toEqual([]);
    pass(1);
    expect(await goal.isReached(at(100), true)).toBe(false);
    expect(said).toEqual(["fence 101"]);
    expect(await goal.isReached(at(100), true)).toBe(false);
    expect(await goal.isReached(at(101), false)).toBe(false);
    expect(await goal.isReached(at(101), true)).toBe(true);
    expect(await goal.isReached(at(102), false)).toBe(true);
  });

  it("I6 begins anew with each change, also behind the fence", async () => {
    const { goal, said, pass } = open();
    pass(QUIET_MS - 1);
    goal.onChanged();
    pass(QUIET_MS - 1);
    expect(await goal.isReached(at(101), true)).toBe(false);
    expect(said).toEqual([]);
    pass(1);
    await goal.isReached(at(101), true);
    goal.onChanged();
    expect(await goal.isReached(at(200), true)).toBe(false);
    expect(said).toEqual(["fence 102", "noise"]);
    pass(QUIET_MS);
    await goal.isReached(at(200), true);
    expect(said.at(-1)).toBe("fence 103");
    expect(await goal.isReached(at(200), true)).toBe(true);
  });

  it("is given up where it does not become quiet", async () => {
    const { goal, pass } = open();
    for (let ms = 0; ms <= WAIT_MS + QUIET_MS; ms += 500) {
      goal.onChanged();
      await goal.isReached(at(100), true);
      pass(500);
    }
    goal.onChanged();
    await expect(goal.isReached(at(100), true)).rejects.toThrow(CannotCutOver);
  });

  it("is given up where the destination does not come to the fence", async () => {
    const { goal, said, pass } = open();
    pass(QUIET_MS);
    await goal.isReached(at(100), true);
    expect(said).toEqual(["fence 101"]);
    pass(WAIT_MS);
    expect(await goal.isReached(at(100), true)).toBe(false);
    pass(1);
    await expect(goal.isReached(at(100), true)).rejects.toThrow(CannotCutOver);
    expect(await goal.isReached(at(101), true)).toBe(true);
  });
});
