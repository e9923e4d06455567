/** Bounds how many workers are at work, over all collections. The number may change at any time. */
export class WorkerSlots {
  #most: number;
  #taken = 0;
  #leaving = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  setMost(most: number): void {
    this.#most = most;
    this.#admit();
  }

  /** Works in a slot, once there is one. */
  async use<T>(work: (slot: WorkerSlot) => Promise<T>): Promise<T> {
    await this.#enter(false);
    const slot = new WorkerSlot({
      isOneTooMany: () => {
        if (this.#taken - this.#leaving <= this.#most) return false;
        this.#leaving++;
        return true;
      },
      leave: () => {
        this.#leaving--;
        this.#release();
      },
      // Before all others: what it has begun should not lie about.
      enter: async () => this.#enter(true),
    });
    try {
      return await work(slot);
    } finally {
      if (slot.isTold) this.#leaving--;
      this.#release();
    }
  }

  async #enter(isFirst: boolean): Promise<void> {
    if (this.#taken < this.#most && (isFirst || this.#waiting.length === 0)) {
      this.#taken++;
      return;
    }
    await new Promise<void>((resolve) => {
      if (isFirst) this.#waiting.unshift(resolve);
      else this.#waiting.push(resolve);
    });
  }

  #release(): void {
    this.#taken--;
    this.#admit();
  }

  #admit(): void {
    while (this.#taken < this.#most) {
      const admit = this.#waiting.shift();
      if (admit === undefined) return;
      this.#taken++;
      admit();
    }
  }
}

interface SlotParts {
  isOneTooMany(): boolean;
  leave(): void;
  enter(): Promise<void>;
}

/** One worker's place. */
export class WorkerSlot {
  readonly #parts: SlotParts;
  #isTold = false;

  constructor(parts: SlotParts) {
    this.#parts = parts;
  }

  /** Whether this worker was told to step aside, and has not yet. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** Whether there are too many workers, and this one is to step aside. */
  mustStepAside(): boolean {
    this.#isTold ||= this.#parts.isOneTooMany();
    return this.#isTold;
  }

  /** Gives the place up, and returns with it once there is room again. To be called by a worker that was told to. */
  async stepAside(): Promise<void> {
    this.#isTold = false;
    this.#parts.leave();
    await this.#parts.enter();
  }
}
