import type { Clock } from "../../base/clock.ts";
import type { ClockFacts } from "../../model/server-state.ts";
import { answerOf, type AskServer } from "./ask-server.ts";

/** The quickest of a few answers tells most: half its round trip is all the doubt there is. */
const TRIES = 3;

/** Compares clocks by the time that servers put into their hello. */
export async function readClock(ask: AskServer, clock: Clock): Promise<ClockFacts | null> {
  let best: ClockFacts | null = null;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const seen = await askOnce(ask, clock);
    if (seen === null) return best;
    if (best === null || seen.uncertaintyMs < best.uncertaintyMs) best = seen;
  }
  return best;
}

async function askOnce(ask: AskServer, clock: Clock): Promise<ClockFacts | null> {
  const askedAt = clock.now().getTime();
  const startedMs = clock.monotonicMs();
  const localTime: unknown = answerOf(await ask("admin", { isMaster: 1 }))?.localTime;
  const uncertaintyMs = (clock.monotonicMs() - startedMs) / 2;
  if (!(localTime instanceof Date)) return null;
  return { aheadMs: localTime.getTime() - (askedAt + uncertaintyMs), uncertaintyMs };
}
