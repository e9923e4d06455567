/**
 * Waits until nothing has changed at the source for a while, takes its time as the fence, and waits until everything up to there is at
 * the destination (I6). Whatever changes meanwhile begins the waiting anew. Neither is waited for without end: the source may refuse writes.
 */
import type { Clock } from "../base/clock.ts";
import { formatDuration } from "../base/format-quantity.ts";
import type { CutoverSettings } from "../model/cutover.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import { CannotCutOver } from "./cannot-cut-over.ts";

export interface QuietTools {
  readonly clock: Clock;
  /** A time of the source that everything acknowledged so far precedes or equals. */
  takeFence(): Promise<ClusterTime>;
  onFence(fence: ClusterTime): Promise<void>;
  /** Something has changed behind the fence: there is none any more. */
  onNoise(): Promise<void>;
}

export class QuietGoal {
  readonly #settings: Pick<CutoverSettings, "quietMs" | "waitMs">;
  readonly #tools: QuietTools;
  readonly #begunMs: number;
  #quietSinceMs: number;
  #fence: ClusterTime | null = null;
  #fencedAtMs = 0;
  #isDisturbed = false;

  constructor(settings: Pick<CutoverSettings, "quietMs" | "waitMs">, tools: QuietTools) {
    this.#settings = settings;
    this.#tools = tools;
    this.#begunMs = tools.clock.monotonicMs();
    this.#quietSinceMs = this.#begunMs;
  }

  onChanged(): void {
    this.#quietSinceMs = this.#tools.clock.monotonicMs();
    this.#isDisturbed = true;
  }

  async isReached(time: ClusterTime, isThrough: boolean): Promise<boolean> {
    if (this.#fence !== null && this.#isDisturbed) {
      this.#fence = null;
      await this.#tools.onNoise();
    }
    this.#isDisturbed = false;
    const nowMs = this.#tools.clock.monotonicMs();
    const { quietMs, waitMs } = this.#settings;
    if (this.#fence !== null) {
      const order = compareClusterTimes(time, this.#fence);
      if (order > 0 || (order === 0 && isThrough)) return true;
      if (nowMs - this.#fencedAtMs <= waitMs) return false;
      throw new CannotCutOver(
        `what the source had when it became quiet was not at the destination within ${formatDuration(waitMs)}`,
      );
    }
    if (nowMs - this.#quietSinceMs >= quietMs) {
      this.#fence = await this.#tools.takeFence();
      this.#fencedAtMs = nowMs;
      await this.#tools.onFence(this.#fence);
    } else if (nowMs - this.#begunMs > waitMs + quietMs) {
      throw new CannotCutOver(
        `the source was not quiet for ${formatDuration(quietMs)} within ${formatDuration(waitMs)}: something still writes to it`,
      );
    }
    return false;
  }
}
