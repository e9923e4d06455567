/** Moving the workload: what is known of one cutover, and of the steps that it takes (I6). */
import type { ClusterTime } from "./run.ts";

export interface CutoverSettings {
  /** How long nothing may have changed at the source before the fence is taken. */
  readonly quietMs: number;
  /** A longer lag refuses a cutover. */
  readonly maxLagMs: number;
  /** How long the source may go on changing before the cutover is given up. */
  readonly waitMs: number;
  /** Whether the source refuses writes from its beginning on. */
  readonly blockSourceWrites: boolean;
}

/**
 * In this order. Behind the beginning of `expire` it can only go on to its end: from there on, documents that have expired go at the
 * destination by its own doing.
 */
export const CUTOVER_STEPS = ["block", "quiet", "drain", "finalize", "verify", "expire"] as const;
export type CutoverStep = (typeof CUTOVER_STEPS)[number];

export interface StepBegun {
  readonly step: CutoverStep;
  readonly at: Date;
}

export interface CutoverRecord {
  readonly runSeq: number;
  readonly step: CutoverStep;
  /** When each step was begun, in order; one that was begun again stands there again. */
  readonly begun: readonly StepBegun[];
  /** Whether the source may refuse writes because of this cutover: noted before it is asked to. */
  readonly isSourceBlocked: boolean;
  /** All changes up to it have to be at the destination; null before it is taken. */
  readonly fence: ClusterTime | null;
  /** What was compared, and all that was said of it, holds as of this time of the source; null before that. */
  readonly checkedUpTo: ClusterTime | null;
  /** Time of the destination behind everything that this migration has written to documents there; null before that. */
  readonly destinationTime: ClusterTime | null;
  /** What could not be made as it is at the source, in words that hold nothing of any document. */
  readonly notRestored: readonly string[];
  /** Why it was given up; null while nothing speaks against it. */
  readonly failure: string | null;
  readonly endedAt: Date | null;
}

export function beginCutover(runSeq: number): CutoverRecord {
  return {
    runSeq,
    step: "block",
    begun: [],
    isSourceBlocked: false,
    fence: null,
    checkedUpTo: null,
    destinationTime: null,
    notRestored: [],
    failure: null,
    endedAt: null,
  };
}

/** Whether it can no longer be taken back. */
export function isPastReturn(record: CutoverRecord | null): boolean {
  return record !== null && record.step === "expire" && record.failure === null;
}

/**
 * How long nobody could write to the source, in milliseconds: since it was asked to refuse writes, also by a process that was killed; without that,
 * since nothing has changed there any more.
 */
export function downtimeMs(record: CutoverRecord, now: Date): number | null {
  const { begun, endedAt, isSourceBlocked } = record;
  const blocked = isSourceBlocked ? begun.find(({ step }) => step === "block") : undefined;
  const since = blocked ?? begun.findLast(({ step }) => step === "quiet");
  return since === undefined ? null : (endedAt ?? now).getTime() - since.at.getTime();
}
