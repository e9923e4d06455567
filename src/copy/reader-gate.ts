/**
 * Decides how many readers one collection has. One is best while it keeps the destination busy: its documents then arrive
 * in the order of `_id`, which costs the destination less than growing the index on `_id` in several places at once. Where
 * reading is what takes the time, as over a long distance, further readers are let in one by one.
 */
export class ReaderGate {
  readonly #patience: number;
  #unhindered = 0;
  #isOpen = false;
  #isCrowded = false;
  readonly #waiting: (() => void)[] = [];

  /** @param mostWrites - Writes that may be under way: as many batches find room while they fill up, which tells nothing. */
  constructor(mostWrites: number) {
    this.#patience = 2 * mostWrites;
  }

  /**
   * Tells of a batch that was read.
   *
   * @param hadToWait - Whether the destination was still busy with earlier ones.
   */
  note(hadToWait: boolean): void {
    this.#unhindered = hadToWait ? 0 : this.#unhindered + 1;
    if (this.#unhindered < this.#patience) return;
    this.#unhindered = 0;
    const admit = this.#waiting.shift();
    if (admit === undefined) return;
    this.#isCrowded = true;
    admit();
  }

  /** Whether any further reader was let in. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** Waits until one more reader would help, or until `open`. */
  async enter(): Promise<void> {
    if (this.#isOpen) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Lets all in, for good: there is nothing left to read, or reading has failed. */
  open(): void {
    this.#isOpen = true;
    for (const admit of this.#waiting.splice(0)) admit();
  }
}
