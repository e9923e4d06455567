/** Counts, and how many of them came in the last seconds. */
const SPAN_MS = 5_000;

export class RateMeter {
  #total = 0;
  #marks: { readonly atMs: number; readonly total: number }[] = [];

  get total(): number {
    return this.#total;
  }

  add(count: number, nowMs: number): void {
    if (this.#marks.length === 0) this.#marks.push({ atMs: nowMs, total: 0 });
    this.#total += count;
    const newest = this.#marks.at(-1);
    // Ten marks a second are enough.
    if (newest !== undefined && nowMs - newest.atMs >= 100) {
      this.#marks.push({ atMs: nowMs, total: this.#total });
    }
  }

  /** Over the last five seconds, or the time since the first count. */
  perSecond(nowMs: number): number {
    const behind = this.#marks.findIndex(({ atMs }) => atMs > nowMs - SPAN_MS);
    if (behind > 1) this.#marks = this.#marks.slice(behind - 1);
    else if (behind === -1) this.#marks = this.#marks.slice(-1);
    const [oldest] = this.#marks;
    if (oldest === undefined) return 0;
    const seconds = Math.max(nowMs - oldest.atMs, 1) / 1_000;
    return (this.#total - oldest.total) / Math.max(seconds, 0.1);
  }
}
