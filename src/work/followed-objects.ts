/** A migration that another process, or this one, follows: what it has applied is known from its checkpoint. */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { Retry } from "../base/retry.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import type { SelectedObject } from "../model/select-objects.ts";
import type { CheckpointStore, SourceDeployment } from "../ports.ts";
import type { FollowedObjects } from "../verify/verify-objects.ts";

const POLL_MS = 200;
/** An idle source moves on every ten seconds. Whoever does not move for that long is not at work. */
const STANDSTILL_MS = 60_000;

export interface FollowedTools {
  readonly migration: string;
  readonly runSeq: number;
  readonly source: SourceDeployment;
  readonly store: Pick<CheckpointStore, "readCheckpoint">;
  readonly retry: Retry;
  lookAgain(): Promise<readonly SelectedObject[]>;
  /** Told once, when the checkpoint does not move any more. */
  onStandstill(): void;
}

export function followedObjects(tools: FollowedTools): FollowedObjects {
  const { source, retry, lookAgain } = tools;
  let isStill = false;
  return {
    now: async () => retry(async () => source.currentClusterTime()),
    lookAgain,
    hasPassed: async (time, signal) => {
      // What has been waited for once in vain is not waited for again and again.
      const hasPassed = await waitUntilPassed(time, signal, isStill ? 0 : STANDSTILL_MS, tools);
      if (!hasPassed && !isStill) tools.onStandstill();
      isStill = !hasPassed;
      return hasPassed;
    },
  };
}

/** Behind the time, and not only at it: a transaction gives all its changes one. */
async function waitUntilPassed(
  time: ClusterTime,
  signal: AbortSignal,
  standstillMs: number,
  { migration, runSeq, store, retry }: FollowedTools,
): Promise<boolean> {
  let last: ClusterTime | null = null;
  let movedAtMs = systemClock.monotonicMs();
  for (;;) {
    signal.throwIfAborted();
    const checkpoint = await retry(async () => store.readCheckpoint(migration, runSeq));
    if (checkpoint === null) return false;
    const { clusterTime } = checkpoint.position;
    if (compareClusterTimes(clusterTime, time) > 0) return true;
    const nowMs = systemClock.monotonicMs();
    if (last !== null && compareClusterTimes(clusterTime, last) !== 0) movedAtMs = nowMs;
    else if (nowMs - movedAtMs >= standstillMs) return false;
    last = clusterTime;
    await sleep(POLL_MS, undefined, { signal });
  }
}
