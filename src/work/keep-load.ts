/**
 * Works within limits: looks again and again at what they are now, and at how the destination bears the load. What cannot be asked leaves
 * things as they were; nothing of this ends the work.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadKind } from "../model/limits.ts";
import type { LoadControl } from "./load-control.ts";
import { type KeepLoadTools, LoadKeeper, type LoadSituation, type Pace } from "./load-keeper.ts";

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
export async function withinLimits<T>(
  kind: LoadKind,
  situation: LoadSituation,
  tools: KeepLoadTools,
  work: (load: LoadControl) => Promise<T>,
  pace = PACE,
): Promise<T> {
  const source = await tools.ends.connectSource();
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const kept = { ...tools, source, pace, end: end.signal };
  const keeper = new LoadKeeper(kind, situation, kept);
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
    return await work(keeper.load);
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
