import { describe, expect, it } from "vitest";
import type { Reply } from "../../../src/mongo/facts/ask-server.ts";
import { readClock } from "../../../src/mongo/facts/read-clock.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

/** A server whose clock is ahead, and a road to it that takes as long as said, each time, both ways together. */
function world(aheadMs: number, tripsMs: readonly (number | null)[]) {
  let nowMs = NOON;
  const trips = [...tripsMs];
  return {
    clock: { now: () => new Date(nowMs), monotonicMs: () => nowMs - NOON },
    ask: async (): Promise<Reply> => {
      const trip = trips.shift() ?? null;
      if (trip === null) return { kind: "silent" };
      nowMs += trip / 2;
      const localTime = new Date(nowMs + aheadMs);
      nowMs += trip / 2;
      return { kind: "answered", document: { localTime } };
    },
  };
}

describe("readClock", () => {
  it("goes by the quickest of several answers", async () => {
    const { ask, clock } = world(8_000, [400, 20, 90]);
    expect(await readClock(ask, clock)).toEqual({ aheadMs: 8_000, uncertaintyMs: 10 });
  });

  it("keeps what it has when a later answer fails, and is null without any", async () => {
    const slow = world(-50, [400, null]);
    expect(await readClock(slow.ask, slow.clock)).toEqual({ aheadMs: -50, uncertaintyMs: 200 });
    const mute = world(0, [null]);
    expect(await readClock(mute.ask, mute.clock)).toBeNull();
  });
});
