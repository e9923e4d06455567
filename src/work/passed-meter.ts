import type { Clock } from "../base/clock.ts";
import type { PassedLoad } from "./load-control.ts";

/** What is left of the highest speed at each look, so that it is forgotten within minutes. */
const KEPT = 0.99;
/** Where nothing is known of the full speed, as at the beginning, it counts as that. */
const LEAST_BYTES_PER_SECOND = 1_000_000;

/** Knows the full speed: the highest at which something went through of late. */
export class PassedMeter {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #bytes = 0;
  #atMs: number;
  #highest = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** The full speed. */
  get bytesPerSecond(): number {
    return Math.max(this.#highest, LEAST_BYTES_PER_SECOND);
  }

  /**
   * @param passed - Since the beginning.
   * @param isFullSpeed - Whether what has passed since the last look counts.
   */
  look({ bytes }: PassedLoad, isFullSpeed: boolean): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#atMs) / 1000;
    const rate = seconds > 0 ? (bytes - this.#bytes) / seconds : 0;
    this.#atMs = nowMs;
    this.#bytes = bytes;
    if (isFullSpeed) this.#highest = Math.max(this.#highest * KEPT, rate);
  }
}
