/**
 * Works within limits: looks again and again at what they are now, and at how the destination bears the load. What cannot be asked leaves
 * things as they were; nothing of this ends the work.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { loadKindOf } from "../model/limits.ts";
import type { Situation } from "../situation.ts";
import type { WorkingPhase } from "../state/lifecycle.ts";
import type { LoadControl } from "./load-control.ts";
import { type KeepLoadTools, LoadKeeper, type Pace } from "./load-keeper.ts";

const PACE: Pace = {
  lookEveryMs: 1_000,
  holdEveryMs: 250,
  answerWithinMs: 2_000,
  repeatEveryMs: 5_000,
};

/**
 * @param work - Given what to ask before it causes load.
 * @param pace - A matter of tests.
 */
export async function withinLimits(
  phase: WorkingPhase,
  situation: Situation,
  tools: KeepLoadTools,
  work: (load: LoadControl) => Promise<void>,
  pace = PACE,
): Promise<void> {
  const source = await tools.ends.connectSource();
  const keeper = new LoadKeeper(loadKindOf(phase), situation, { ...tools, source, pace });
  const end = new AbortController();
  await keeper.readOverrides();
  keeper.hold();
  const keeping = [
    again(end.signal, pace.lookEveryMs, async () => {
      await keeper.readOverrides();
      keeper.hold();
      await keeper.store();
    }),
    again(end.signal, pace.lookEveryMs, async () => keeper.lookAtDestination()),
    again(end.signal, pace.holdEveryMs, async () => keeper.hold()),
  ];
  try {
    await work(keeper.load);
  } finally {
    end.abort();
    await Promise.all(keeping);
  }
}

async function again(end: AbortSignal, everyMs: number, look: () => Promise<void>): Promise<void> {
  while (!end.aborted) {
    await look();
    await sleep(everyMs, undefined, { signal: end }).catch(() => {});
  }
}
