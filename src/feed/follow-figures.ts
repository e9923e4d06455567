import type { Clock } from "../base/clock.ts";
import type { FollowFigures } from "../model/checkpoint.ts";
import { type ClusterTime, compareClusterTimes } from "../model/run.ts";
import { LagMeter } from "./lag-meter.ts";
import { RateMeter } from "./rate-meter.ts";

/** What is known of the following while it goes on. */
export class FollowFiguresBoard {
  readonly #clock: Clock;
  readonly #lag = new LagMeter();
  readonly #read = new RateMeter();
  readonly #applied = new RateMeter();
  #writes = 0;
  #windowChanges = 0;
  #appliedTime: ClusterTime | null = null;
  #oldestTime: ClusterTime | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param atMs - When the source was asked, by the monotonic clock. */
  noteSource(time: ClusterTime, atMs: number): void {
    this.#lag.noteSource(time, atMs);
  }

  /** @param time - Of the oldest change that the source still keeps; null where it is not known. */
  noteOldest(time: ClusterTime | null): void {
    this.#oldestTime = time;
  }

  addRead(count: number): void {
    this.#read.add(count, this.#clock.monotonicMs());
  }

  /** @param isThrough - Whether all changes at this very time have been applied. */
  addApplied(count: number, time: ClusterTime, isThrough: boolean): void {
    this.#applied.add(count, this.#clock.monotonicMs());
    if (count > 0) this.#windowChanges = count;
    this.#appliedTime = time;
    this.#lag.noteApplied(isThrough ? time : before(time));
  }

  addWrites(count: number): void {
    this.#writes += count;
  }

  figures(): FollowFigures {
    const nowMs = this.#clock.monotonicMs();
    return {
      at: this.#clock.now(),
      changesRead: this.#read.total,
      changesApplied: this.#applied.total,
      writes: this.#writes,
      readPerSecond: Math.round(this.#read.perSecond(nowMs)),
      appliedPerSecond: Math.round(this.#applied.perSecond(nowMs)),
      windowChanges: this.#windowChanges,
      lagMs: Math.round(this.#lag.lagMs(nowMs)),
      headroomMs: this.#headroomMs(),
    };
  }

  #headroomMs(): number | null {
    if (this.#appliedTime === null || this.#oldestTime === null) return null;
    if (compareClusterTimes(this.#appliedTime, this.#oldestTime) <= 0) return 0;
    return (this.#appliedTime.seconds - this.#oldestTime.seconds) * 1_000;
  }
}

/** The time right before. */
function before({ seconds, increment }: ClusterTime): ClusterTime {
  return { seconds, increment: increment - 1 };
}
