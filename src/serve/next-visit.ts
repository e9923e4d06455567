/** When a migration is looked at again, decided from what became of the last look. Pure. */
import { ExitCode } from "../base/errors.ts";
import type { Phase } from "../model/run.ts";

export type VisitOutcome =
  /** It is as its spec wants. */
  | { readonly kind: "rests" }
  /** There is work, but not for this process now; `reason` is said when it is another one. */
  | { readonly kind: "waits"; readonly reason: string }
  /** It was worked on until it rested, failed or was interrupted. */
  | {
      readonly kind: "worked";
      readonly exitCode: ExitCode;
      readonly phase: Phase | null;
      readonly message: string;
      readonly tookMs: number;
    };

/** What is remembered of a migration between two looks. */
export interface VisitRecord {
  /** Failures since it has gone well last, which each double the time until the next try. */
  readonly failures: number;
  /** Until the next look, in milliseconds, from the end of the last one. */
  readonly waitMs: number;
}

/** Before the first look. */
export const UNSEEN: VisitRecord = { failures: 0, waitMs: 0 };

/** Nothing changes at rest but by the spec, which is seen at once, or by somebody else's hand. */
const RESTING_MS = 300_000;
/** What a failure waits at most. */
const LONGEST_MS = 300_000;
/** Trying a stalled migration again puts two commits into the repository, and mostly somebody has to do something first. */
const LONGEST_STALLED_MS = 3_600_000;

export function nextVisit(
  before: VisitRecord,
  outcome: VisitOutcome,
  intervalMs: number,
): VisitRecord {
  switch (outcome.kind) {
    case "rests":
      return { failures: 0, waitMs: Math.max(RESTING_MS, intervalMs) };
    case "waits":
      return { failures: before.failures, waitMs: intervalMs };
    case "worked":
      return afterWork(before, outcome, intervalMs);
  }
}

function afterWork(
  { failures: before }: VisitRecord,
  { exitCode, phase, tookMs }: Extract<VisitOutcome, { kind: "worked" }>,
  intervalMs: number,
): VisitRecord {
  if (exitCode === ExitCode.interrupted) return UNSEEN;
  if (exitCode === ExitCode.done && phase !== "Stalled") {
    return { failures: 0, waitMs: intervalMs };
  }
  const longestMs = phase === "Stalled" ? LONGEST_STALLED_MS : LONGEST_MS;
  // What has gone well for so long fails for the first time.
  const failures = tookMs >= LONGEST_MS ? 0 : before;
  return { failures: failures + 1, waitMs: backOffMs(failures, intervalMs, longestMs) };
}

/** One interval at first, then twice as long each time. */
export function backOffMs(times: number, intervalMs: number, longestMs = LONGEST_MS): number {
  return Math.min(intervalMs * 2 ** Math.min(times, 30), Math.max(longestMs, intervalMs));
}

/** What is compared to see whether it is time. */
export interface Waiting extends VisitRecord {
  readonly endedAtMs: number;
  /** The specs that were looked at; others are looked at at once. */
  readonly specsCommit: string | null;
}

/** In how many milliseconds a migration is to be looked at; zero: now. */
export function dueInMs(waiting: Waiting, nowMs: number, specsCommit: string | null): number {
  if (waiting.specsCommit !== specsCommit) return 0;
  return Math.max(waiting.endedAtMs + waiting.waitMs - nowMs, 0);
}
