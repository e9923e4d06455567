import { BugError } from "../base/errors.ts";

interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Bounds what is read but not yet acknowledged, in bytes and in number of writes, over all workers. First come, first
 * served; one batch larger than all the bytes passes alone.
 */
export class WriteBudget {
  readonly #totalBytes: number;
  #mostWrites: number;
  #usedBytes = 0;
  #writeCount = 0;
  readonly #waiting: Waiting[] = [];

  constructor(totalBytes: number, mostWrites: number) {
    if (totalBytes <= 0 || mostWrites <= 0) throw new BugError("A write budget must be positive");
    this.#totalBytes = totalBytes;
    this.#mostWrites = mostWrites;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get mostWrites(): number {
    return this.#mostWrites;
  }

  setMostWrites(mostWrites: number): void {
    this.#mostWrites = mostWrites;
    this.#admit();
  }

  /**
   * Waits for room, then takes it. The caller gives it back with `release`.
   *
   * @returns Whether there was none at first.
   */
  async acquire(bytes: number): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#take(bytes);
      return false;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push({ bytes, admit: resolve });
    });
    return true;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#writeCount--;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#fits(next.bytes)) return;
      this.#waiting.shift();
      this.#take(next.bytes);
      next.admit();
    }
  }

  #take(bytes: number): void {
    this.#usedBytes += bytes;
    this.#writeCount++;
  }

  #fits(bytes: number): boolean {
    if (this.#writeCount === 0) return true;
    return this.#writeCount < this.#mostWrites && this.#usedBytes + bytes <= this.#totalBytes;
  }
}
