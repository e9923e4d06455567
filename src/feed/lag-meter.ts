import { type ClusterTime, compareClusterTimes } from "../model/run.ts";

interface Sample {
  readonly time: ClusterTime;
  readonly atMs: number;
}

/** Who has not heard of the source for longer does not know what is missing. */
const UNHEARD_MS = 2_000;
/** Samples kept: those of some minutes; of older ones every other goes. */
const MOST_SAMPLES = 600;

/**
 * How long ago a source was as far as the destination is now. Cluster times count seconds only, so that this remembers when each
 * was seen: no clock but this process's own is read.
 */
export class LagMeter {
  #samples: Sample[] = [];
  #applied: ClusterTime = { seconds: 0, increment: 0 };
  #heardAtMs: number | null = null;

  /**
   * @param time - Of the source, by now.
   * @param atMs - By a clock that never jumps; when it was asked for.
   */
  noteSource(time: ClusterTime, atMs: number): void {
    this.#heardAtMs = atMs;
    const newest = this.#samples.at(-1);
    // The first time that it was that far counts.
    if (newest !== undefined && compareClusterTimes(newest.time, time) >= 0) return;
    this.#samples.push({ time, atMs });
    if (this.#samples.length > MOST_SAMPLES) {
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    }
    this.#forget();
  }

  noteApplied(time: ClusterTime): void {
    this.#applied = time;
    this.#forget();
  }

  /** Zero where nothing that was seen at the source is missing; where it does not answer, at least the time since it did. */
  lagMs(nowMs: number): number {
    const [oldest] = this.#samples;
    const unheardMs = this.#heardAtMs === null ? 0 : nowMs - this.#heardAtMs;
    const leastMs = unheardMs > UNHEARD_MS ? unheardMs : 0;
    return oldest === undefined ? leastMs : Math.max(nowMs - oldest.atMs, leastMs);
  }

  #forget(): void {
    const isMissing = ({ time }: Sample): boolean => compareClusterTimes(time, this.#applied) > 0;
    const first = this.#samples.findIndex(isMissing);
    this.#samples = first === -1 ? [] : this.#samples.slice(first);
  }
}
