import { type DesiredState, isToWork } from "../model/migration.ts";
import { hasEnded, type RunRecord } from "../model/run.ts";

/** What a migration is asked to be. */
export interface Wanted {
  readonly desiredState: DesiredState;
  /** Hash of the spec, but for what holds without another approval. */
  readonly specHash: string;
}

/**
 * Why a migration needs somebody to work on it; null: it rests as its spec wants. An ended one rests whatever happens at its source: who wants
 * it to begin anew says so in the spec.
 */
export function whyWork(run: RunRecord | null, { desiredState, specHash }: Wanted): string | null {
  const isWanted = isToWork(desiredState);
  if (run === null) return isWanted ? "it has not begun" : null;
  if (run.publishedSeq < run.seq) return `that it is ${run.phase} is not in git yet`;
  if (hasEnded(run.phase)) {
    if (!isWanted) return null;
    if (run.phase === "Stopped") return `it is Stopped, and ${desiredState} is desired`;
    return run.specHash === specHash ? null : "its spec has changed since it was Completed";
  }
  if (desiredState === "paused" && run.phase === "Paused") return null;
  return isWanted ? `it is ${run.phase}` : `it is ${run.phase}, and ${desiredState} is desired`;
}
