/**
 * Keeps the load within limits that may change at any time. Guarantees: first come, first served; each rate holds on average however
 * large single writes are; a change counts at once, also for those who wait already; where nothing is limited nobody waits.
 */
import type { Clock } from "../base/clock.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import type { HeldLimits, Rates } from "../model/limits.ts";
import type { LoadGate, Portion } from "../ports.ts";

/** A write should hold no more than what may be written in that time. */
const PORTION_SECONDS = 0.25;

/** Up to here, what a write takes is for the most part the way there and back and the majority. */
const UNIT: Portion = { documentCount: 1_000, bytes: 4 * 1024 * 1024 };

/** What has gone through, since the beginning. */
export interface PassedLoad {
  readonly documentCount: number;
  readonly bytes: number;
}

interface WriteUnderWay {
  readonly startedAtMs: number;
  readonly units: number;
}

interface Waiting extends Portion {
  readonly admit: () => void;
}

export class LoadControl implements LoadGate {
  readonly #clock: Clock;
  readonly #documents: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #waiting: Waiting[] = [];
  readonly #patient: Waiting[] = [];
  readonly #workerListeners = new Set<(workers: number) => void>();
  readonly #timeWaiting = new Set<() => void>();
  readonly #writesUnderWay = new Set<WriteUnderWay>();
  #limits: HeldLimits;
  #portion: Portion | null = null;
  #timer: NodeJS.Timeout | undefined;
  #passed = { documentCount: 0, bytes: 0 };
  #writes = { count: 0, totalMs: 0 };

  constructor(clock: Clock, limits: HeldLimits) {
    this.#clock = clock;
    this.#documents = new TokenBucket(clock);
    this.#bytes = new TokenBucket(clock);
    this.#limits = limits;
    this.hold(limits);
  }

  get workers(): number {
    return this.#limits.workers;
  }

  get portion(): Portion | null {
    return this.#portion;
  }

  get passed(): PassedLoad {
    return this.#passed;
  }

  /** From now on. */
  hold(limits: HeldLimits): void {
    const hasOtherWorkers = limits.workers !== this.#limits.workers;
    this.#limits = limits;
    this.#documents.setRate(limits.documentsPerSecond);
    this.#bytes.setRate(limits.bytesPerSecond);
    this.#portion = portionOf(limits);
    this.#admitWaiting();
    if (hasOtherWorkers) for (const listener of this.#workerListeners) listener(limits.workers);
    for (const goOn of this.#timeWaiting) goOn();
  }

  onWorkersChanged(listener: (workers: number) => void): () => void {
    this.#workerListeners.add(listener);
    return () => {
      this.#workerListeners.delete(listener);
    };
  }

  async take(documentCount: number, bytes: number, stop: AbortSignal): Promise<boolean> {
    return this.#takeIn(this.#waiting, { documentCount, bytes }, stop);
  }

  async takePatiently(documentCount: number, bytes: number, stop: AbortSignal): Promise<boolean> {
    return this.#takeIn(this.#patient, { documentCount, bytes }, stop);
  }

  async untilMayCopy(stop: AbortSignal): Promise<void> {
    return this.#until(() => this.#limits.mayCopy, stop);
  }

  async untilMayCompare(stop: AbortSignal): Promise<void> {
    return this.#until(() => this.#limits.mayCompare, stop);
  }

  async watchWrite<T>(documentCount: number, bytes: number, write: () => Promise<T>): Promise<T> {
    const units = Math.max(1, documentCount / UNIT.documentCount, bytes / UNIT.bytes);
    const underWay = { startedAtMs: this.#clock.monotonicMs(), units };
    this.#writesUnderWay.add(underWay);
    try {
      return await write();
    } finally {
      this.#writesUnderWay.delete(underWay);
      this.#writes.count++;
      this.#writes.totalMs += (this.#clock.monotonicMs() - underWay.startedAtMs) / units;
    }
  }

  /**
   * What writes have taken on average since it was last asked, or those under way already take; null where there were none. Of larger
   * ones what a unit of them takes, so that it does not depend on their size.
   */
  readWriteMs(): number | null {
    const { count, totalMs } = this.#writes;
    this.#writes = { count: 0, totalMs: 0 };
    const nowMs = this.#clock.monotonicMs();
    const underWayMs = [...this.#writesUnderWay].map(
      ({ startedAtMs, units }) => (nowMs - startedAtMs) / units,
    );
    if (count === 0 && underWayMs.length === 0) return null;
    return Math.max(count === 0 ? 0 : totalMs / count, ...underWayMs);
  }

  async #takeIn(queue: Waiting[], amount: Portion, stop: AbortSignal): Promise<boolean> {
    const isFree = this.#waiting.length === 0 && queue.length === 0 && this.#waitMs() === 0;
    if (isFree) {
      this.#pass(amount);
      return false;
    }
    stop.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(stop.reason as Error);
      };
      const admit = (): void => {
        stop.removeEventListener("abort", giveUp);
        resolve();
      };
      const waiting = { ...amount, admit };
      stop.addEventListener("abort", giveUp, { once: true });
      queue.push(waiting);
      this.#admitWaiting();
    });
    return true;
  }

  async #until(isTime: () => boolean, stop: AbortSignal): Promise<void> {
    while (!isTime()) {
      stop.throwIfAborted();
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          stop.removeEventListener("abort", goOn);
          this.#timeWaiting.delete(goOn);
          resolve();
        };
        stop.addEventListener("abort", goOn, { once: true });
        this.#timeWaiting.add(goOn);
      });
    }
    stop.throwIfAborted();
  }

  #waitMs(): number {
    return Math.max(this.#documents.waitMs(), this.#bytes.waitMs());
  }

  #pass({ documentCount, bytes }: Portion): void {
    this.#documents.take(documentCount);
    this.#bytes.take(bytes);
    this.#passed = {
      documentCount: this.#passed.documentCount + documentCount,
      bytes: this.#passed.bytes + bytes,
    };
  }

  #admitWaiting(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const queue = this.#waiting.length > 0 ? this.#waiting : this.#patient;
      const [next] = queue;
      if (next === undefined) return;
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        // Longer is more than a timer takes; the limits are held anew before that.
        this.#timer = setTimeout(() => this.#admitWaiting(), Math.min(Math.ceil(waitMs), 60_000));
        return;
      }
      queue.shift();
      this.#pass(next);
      next.admit();
    }
  }
}

function portionOf({ documentsPerSecond, bytesPerSecond }: Rates): Portion | null {
  if (documentsPerSecond === null && bytesPerSecond === null) return null;
  return {
    documentCount: atLeastOne((documentsPerSecond ?? Infinity) * PORTION_SECONDS),
    bytes: atLeastOne((bytesPerSecond ?? Infinity) * PORTION_SECONDS),
  };
}

function atLeastOne(amount: number): number {
  return Math.max(1, Math.floor(amount));
}
