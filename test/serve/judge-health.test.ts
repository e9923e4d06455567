import { describe, expect, it } from "vitest";
import { judgeLiveness, judgeReadiness, type ServeHealth } from "../../src/serve/judge-health.ts";

const NOW = 10_000_000;
const GOOD: ServeHealth = {
  nowMs: NOW,
  turnedAtMs: NOW - 20_000,
  readAtMs: NOW - 5_000,
  isStopping: false,
};

describe("liveness", () => {
  it("is lost only where the loop has not turned for long", () => {
    expect(judgeLiveness(GOOD).isGood).toBe(true);
    expect(judgeLiveness({ ...GOOD, readAtMs: null }).isGood).toBe(true);
    expect(judgeLiveness({ ...GOOD, isStopping: true }).isGood).toBe(true);
    expect(judgeLiveness({ ...GOOD, turnedAtMs: NOW - 601_000 })).toEqual({
      isGood: false,
      text: "the loop is stuck",
    });
  });
});

describe("readiness", () => {
  it("begins with the first time the branch is read", () => {
    expect(judgeReadiness(GOOD, 15_000)).toEqual({ isGood: true, text: "ok" });
    expect(judgeReadiness({ ...GOOD, readAtMs: null }, 15_000).isGood).toBe(false);
  });

  it("ends when the branch could not be read for some intervals, or a minute", () => {
    const away = { ...GOOD, readAtMs: NOW - 61_000 };
    expect(judgeReadiness(away, 1_000)).toEqual({
      isGood: false,
      text: "the branch could be read last 61 s ago",
    });
    expect(judgeReadiness(away, 20_000).isGood).toBe(true);
  });

  it("ends when it is told to stop", () => {
    expect(judgeReadiness({ ...GOOD, isStopping: true }, 15_000).isGood).toBe(false);
  });
});
