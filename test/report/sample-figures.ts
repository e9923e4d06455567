import type { FollowFigures } from "../../src/model/checkpoint.ts";

/** What a process that keeps up has said. */
export const FIGURES: FollowFigures = {
  at: new Date("2026-03-01T12:04:57Z"),
  changesRead: 9_100,
  changesApplied: 9_000,
  writes: 800,
  readPerSecond: 1_210,
  appliedPerSecond: 1_204,
  windowChanges: 17,
  lagMs: 240,
  headroomMs: 7_500_000,
};
