import { formatDuration } from "../base/format-quantity.ts";
import type { CutoverRecord } from "../model/cutover.ts";
import type { Condition } from "../model/run.ts";

export interface Readiness {
  /** Of the run; null where none was begun. */
  readonly record: CutoverRecord | null;
  /** How the last comparison ended; null where there was none. */
  readonly compared: Condition | null;
  /** Null where changes are not followed. */
  readonly lagMs: number | null;
  readonly maxLagMs: number;
}

/** Why a cutover that is asked for does not begin now, as a sentence without its end; null: nothing speaks against it. */
export function cutoverObjection(readiness: Readiness): string | null {
  const { record, compared, lagMs, maxLagMs } = readiness;
  if (record !== null && record.failure !== null) {
    return `it was given up: ${record.failure}. To try again, set desiredState: running, and then cutover`;
  }
  if (compared?.status === "false") {
    return `the last comparison found differences: ${compared.message}. Both ends are compared again while cutover is desired, until they are equal`;
  }
  if (lagMs === null) return "changes are not followed yet";
  if (lagMs <= maxLagMs) return null;
  return Number.isFinite(lagMs)
    ? `the destination is delayed by ${formatDuration(lagMs)}, and cutover.maxLagSeconds allows ${formatDuration(maxLagMs)}`
    : "how far the destination is delayed is not known yet";
}
