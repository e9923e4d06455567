/**
 * Stores a value that changes faster than it can be stored: while one store is under way only the latest value waits.
 * Values are stored in order; an older one never overwrites a newer one.
 */
export class LatestWriter<T> {
  readonly #store: (value: T) => Promise<void>;
  #waiting: { readonly value: T } | null = null;
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(store: (value: T) => Promise<void>) {
    this.#store = store;
  }

  /** Stores the value soon. A failure shows at the next `put` or `flush`. */
  put(value: T): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#waiting = { value };
    this.#running ??= this.#run();
  }

  /** Waits until the last value is stored. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting; next !== null; next = this.#waiting) {
        this.#waiting = null;
        await this.#store(next.value);
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#running = null;
    }
  }
}
