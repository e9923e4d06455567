/** What probes are told. Pure. */

export interface ServeHealth {
  /** All times are of the clock that never jumps. */
  readonly nowMs: number;
  /** When the loop has begun its last turn. */
  readonly turnedAtMs: number;
  /** When the branch could be read last; null: never. */
  readonly readAtMs: number | null;
  readonly isStopping: boolean;
}

export interface Verdict {
  readonly isGood: boolean;
  /** A line, without anything that came from outside. */
  readonly text: string;
}

/** Far longer than git is waited for, twice over. */
const STUCK_AFTER_MS = 600_000;
const LEAST_RECENT_MS = 60_000;

/** Whether the loop still turns: what only a restart can help is false. */
export function judgeLiveness({ nowMs, turnedAtMs }: ServeHealth): Verdict {
  const isGood = nowMs - turnedAtMs <= STUCK_AFTER_MS;
  return { isGood, text: isGood ? "ok" : "the loop is stuck" };
}

/** Whether it knows what the branch has, and goes on knowing it. */
export function judgeReadiness(
  { nowMs, readAtMs, isStopping }: ServeHealth,
  intervalMs: number,
): Verdict {
  if (isStopping) return { isGood: false, text: "stopping" };
  if (readAtMs === null) return { isGood: false, text: "the repository is not cloned yet" };
  const agoMs = nowMs - readAtMs;
  if (agoMs <= Math.max(4 * intervalMs, LEAST_RECENT_MS)) return { isGood: true, text: "ok" };
  const seconds = Math.round(agoMs / 1_000);
  return { isGood: false, text: `the branch could be read last ${seconds} s ago` };
}
