import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/errors.ts";
import type { Phase } from "../../src/model/run.ts";
import {
  dueInMs,
  nextVisit,
  UNSEEN,
  type VisitOutcome,
  type VisitRecord,
} from "../../src/serve/next-visit.ts";

const INTERVAL_MS = 15_000;

function worked(exitCode: ExitCode, phase: Phase | null = null, tookMs = 1_000): VisitOutcome {
  return { kind: "worked", exitCode, phase, message: "", tookMs };
}

/** How long is waited after each of some outcomes in a row. */
function waits(outcomes: readonly VisitOutcome[], intervalMs = INTERVAL_MS): readonly number[] {
  let record: VisitRecord = UNSEEN;
  return outcomes.map((outcome) => {
    record = nextVisit(record, outcome, intervalMs);
    return record.waitMs / 1_000;
  });
}

describe("nextVisit", () => {
  const failed = worked(ExitCode.error);
  const stalled = worked(ExitCode.blockedByPrecheck, "Stalled");

  it("waits twice as long after each failure, up to five minutes", () => {
    expect(waits(Array.from({ length: 7 }, () => failed))).toEqual([
      15, 30, 60, 120, 240, 300, 300,
    ]);
  });

  it("waits up to an hour where each try puts commits into the repository", () => {
    expect(waits(Array.from({ length: 10 }, () => stalled)).slice(-4)).toEqual([
      960, 1920, 3600, 3600,
    ]);
  });

  it("begins with short waits again after success, and after work that has gone well for long", () => {
    expect(waits([failed, failed, worked(ExitCode.done, "Completed"), failed])).toEqual([
      15, 30, 15, 15,
    ]);
    expect(waits([failed, failed, worked(ExitCode.error, null, 300_000), failed])).toEqual([
      15, 30, 15, 30,
    ]);
  });

  it("looks after each interval whether another process has ended, however often", () => {
    const held: VisitOutcome = { kind: "waits", reason: "held" };
    expect(waits([held, held, held])).toEqual([15, 15, 15]);
  });

  it("looks at what rests now and then", () => {
    expect(waits([{ kind: "rests" }])).toEqual([300]);
    expect(waits([{ kind: "rests" }], 600_000)).toEqual([600]);
  });

  it("goes on at once with what it has interrupted itself", () => {
    expect(waits([failed, worked(ExitCode.interrupted, "Streaming")])).toEqual([15, 0]);
  });
});

describe("dueInMs", () => {
  const waiting = { failures: 3, waitMs: 60_000, endedAtMs: 1_000_000, specsCommit: "a" };

  it("is what is left of the time", () => {
    expect(dueInMs(waiting, 1_010_000, "a")).toBe(50_000);
    expect(dueInMs(waiting, 1_060_000, "a")).toBe(0);
    expect(dueInMs(waiting, 2_000_000, "a")).toBe(0);
  });

  it("is now once specs have changed, also where they are gone", () => {
    expect(dueInMs(waiting, 1_010_000, "b")).toBe(0);
    expect(dueInMs(waiting, 1_010_000, null)).toBe(0);
  });
});
