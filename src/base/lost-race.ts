/**
 * Writing to what others write to as well, without a lock: read, build on what was read, and put it there if nobody else was faster.
 * Where somebody was, all of it is done again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "./clock.ts";
import { OperationError } from "./errors.ts";

/** Somebody else has moved on what was read before it could be replaced. */
export class LostRaceError extends OperationError {}

const ATTEMPTS = 8;
const LONGEST_WAIT_MS = 60_000;

/**
 * Tries again after each lost race, 8 times in all; anything else that is thrown ends it. One of those who try at the same time wins, so
 * that twenty need twenty times what one needs. Each therefore waits for a random part of a time that doubles, beginning at twice what its
 * attempt took: with a fixed one, those at a slow remote would meet again and again, until the tries of some run out.
 */
export async function againAfterLostRaces<T>(
  attempt: () => Promise<T>,
  wait: (ms: number) => Promise<void> = delay,
): Promise<T> {
  for (let lost = 0; ; lost++) {
    const beganAtMs = systemClock.monotonicMs();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LostRaceError) || lost === ATTEMPTS - 1) throw error;
      const tookMs = systemClock.monotonicMs() - beganAtMs;
      await wait(Math.random() * Math.min(tookMs * 2 ** (lost + 1), LONGEST_WAIT_MS));
    }
  }
}
