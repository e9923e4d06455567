/** Both may change at any time. */
interface GateBounds {
  /** Writes that may be under way: as many batches find room while they fill up, which tells nothing. */
  readonly mostWrites: number;
  /** Readers at most. */
  readonly workers: number;
}

/**
 * Decides how many readers one collection has. One is best while it keeps the destination busy: its documents then arrive
 * in the order of `_id`, which costs the destination less than growing the index on `_id` in several places at once. Where
 * reading is what takes the time, as over a long distance, further readers are let in one by one.
 */
export class ReaderGate {
  readonly #bounds: GateBounds;
  #unhindered = 0;
  #isClosed = false;
  #isCrowded = false;
  #readers = 1;
  readonly #waiting: ((mayEnter: boolean) => void)[] = [];

  constructor(bounds: GateBounds) {
    this.#bounds = bounds;
  }

  /**
   * Tells of a batch that was read.
   *
   * @param hadToWait - Whether the destination was still busy with earlier ones.
   */
  note(hadToWait: boolean): void {
    this.#unhindered = hadToWait ? 0 : this.#unhindered + 1;
    if (this.#unhindered < 2 * this.#bounds.mostWrites) return;
    this.#unhindered = 0;
    if (this.#readers >= this.#bounds.workers) return;
    const admit = this.#waiting.shift();
    if (admit === undefined) return;
    this.#readers++;
    this.#isCrowded = true;
    admit(true);
  }

  /** Whether any further reader was let in. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /**
   * Waits until one more reader would help, or until `close`.
   *
   * @returns Whether it would.
   */
  async enter(): Promise<boolean> {
    if (this.#isClosed) return false;
    return new Promise<boolean>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Sends all away, for good: there is nothing left to read, or reading has failed. */
  close(): void {
    this.#isClosed = true;
    for (const admit of this.#waiting.splice(0)) admit(false);
  }
}
