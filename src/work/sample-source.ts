import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { FollowFiguresBoard } from "../feed/follow-figures.ts";
import type { SourceDeployment } from "../ports.ts";

/** How often the source is asked how far it is. */
const SAMPLE_EVERY_MS = 250;
/** How often it is asked how far its oplog reaches back. */
const HEADROOM_EVERY_MS = 30_000;

/** Keeps the board informed of the source. Never rejects: what cannot be asked now is asked again, and the lag grows meanwhile. */
export async function sampleSource(
  source: SourceDeployment,
  board: FollowFiguresBoard,
  stop: AbortSignal,
): Promise<void> {
  let headroomAtMs = Number.NEGATIVE_INFINITY;
  while (!stop.aborted) {
    const atMs = systemClock.monotonicMs();
    try {
      board.noteSource(await source.currentClusterTime(), atMs);
      if (atMs - headroomAtMs > HEADROOM_EVERY_MS) {
        board.noteOldest(await source.oldestClusterTime());
        headroomAtMs = atMs;
      }
    } catch {
      // As above.
    }
    await sleep(SAMPLE_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
