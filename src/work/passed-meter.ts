import type { Clock } from "../base/clock.ts";
import type { PassedLoad } from "./load-control.ts";

/** How much one look counts. */
const WEIGHT = 0.3;
/** Where nothing is known of the full speed, as at the beginning, it counts as that. */
const LEAST_BYTES_PER_SECOND = 1_000_000;

/** Knows what goes through at full speed. */
export class PassedMeter {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #bytes = 0;
  #atMs: number;
  #rate: number | null = null;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** Bytes per second. */
  get bytesPerSecond(): number {
    return Math.max(this.#rate ?? 0, LEAST_BYTES_PER_SECOND);
  }

  /**
   * @param passed - Since the beginning.
   * @param isFullSpeed - Whether what has passed since the last look counts.
   */
  look({ bytes }: PassedLoad, isFullSpeed: boolean): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#atMs) / 1000;
    const rate = (bytes - this.#bytes) / seconds;
    this.#atMs = nowMs;
    this.#bytes = bytes;
    // While nothing is written, as between two collections, there is nothing to learn.
    if (!isFullSpeed || seconds <= 0 || rate === 0) return;
    this.#rate = this.#rate === null ? rate : this.#rate * (1 - WEIGHT) + rate * WEIGHT;
  }
}
