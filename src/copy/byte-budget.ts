import { BugError } from "../base/errors.ts";

/**
 * Bounds the bytes that are read but not yet acknowledged, over all workers. First come, first served; one batch larger
 * than the whole budget passes alone.
 */
export class ByteBudget {
  readonly #totalBytes: number;
  #usedBytes = 0;
  readonly #waiting: { readonly bytes: number; readonly admit: () => void }[] = [];

  constructor(totalBytes: number) {
    if (totalBytes <= 0) throw new BugError("A byte budget must be positive");
    this.#totalBytes = totalBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Waits for room, then takes it. The caller gives it back with `release`. */
  async acquire(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#usedBytes += bytes;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push({ bytes, admit: resolve });
    });
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#fits(next.bytes)) return;
      this.#waiting.shift();
      this.#usedBytes += next.bytes;
      next.admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#totalBytes;
  }
}
