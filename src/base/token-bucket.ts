import type { Clock } from "./clock.ts";

/** Time of which what was not taken may be taken later: enough to make up for timers that are late. */
const KEPT_MS = 500;

/**
 * Holds a rate. More may be taken than there is: what comes next then waits for longer. So the rate holds on average, however much is
 * taken at a time.
 */
export class TokenBucket {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #perMs: number | null = null;
  /** Below zero: taken in advance. */
  #tokens = 0;
  #countedAtMs: number;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#countedAtMs = clock.monotonicMs();
  }

  /** @param perSecond - Null: unlimited. What was taken in advance is waited for as long as it would have been. */
  setRate(perSecond: number | null): void {
    this.#count();
    const perMs = perSecond === null ? null : perSecond / 1000;
    const isKept = this.#perMs !== null && perMs !== null;
    this.#tokens = isKept ? (this.#tokens * (perMs ?? 0)) / (this.#perMs ?? 1) : 0;
    this.#perMs = perMs;
  }

  /** Milliseconds until something may be taken; zero: now. */
  waitMs(): number {
    if (this.#perMs === null) return 0;
    this.#count();
    return Math.max(0, -this.#tokens / this.#perMs);
  }

  take(amount: number): void {
    if (this.#perMs !== null) this.#tokens -= amount;
  }

  #count(): void {
    const nowMs = this.#clock.monotonicMs();
    const perMs = this.#perMs ?? 0;
    this.#tokens = Math.min(this.#tokens + (nowMs - this.#countedAtMs) * perMs, KEPT_MS * perMs);
    this.#countedAtMs = nowMs;
  }
}
