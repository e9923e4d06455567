/** What holds at the moment, and how fast the destination lets it go. What cannot be asked leaves things as they were. */
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { type BackOff, FULL_SPEED, nextBackOff, type Pressure } from "../model/back-off.ts";
import {
  heldLimits,
  type LimitOverrides,
  type LoadKind,
  limitsInForce,
  type LimitsInForce,
  type LoadRecord,
} from "../model/limits.ts";
import type { Migration } from "../model/migration.ts";
import type { DestinationDeployment, Lease, LoadStore, SourceDeployment } from "../ports.ts";
import type { Ends } from "../precheck/collect-facts.ts";
import { describeBackOff, describeLimits } from "../report/describe-limits.ts";
import { LoadControl } from "./load-control.ts";
import { PassedMeter } from "./passed-meter.ts";

export interface Pace {
  /** Between looks at what was set, and at the destination. */
  readonly lookEveryMs: number;
  /** What the spec says, and the time of the day, costs nothing to look at. */
  readonly holdEveryMs: number;
  /** An end that does not answer in time is asked again at the next look. */
  readonly answerWithinMs: number;
  /** What holds is stored again after that time, so that `status` knows that somebody keeps to it. */
  readonly repeatEveryMs: number;
}

export interface KeepLoadTools {
  readonly ends: Ends;
  readonly logger: Logger;
}

/** Whose load it is. */
export interface LoadSituation {
  /** As the spec says now. */
  readonly migration: Migration;
  readonly store: LoadStore;
  /** Null: `status` does not tell of what is done. */
  readonly lease: Lease | null;
}

interface KeeperTools extends KeepLoadTools {
  readonly source: SourceDeployment;
  readonly pace: Pace;
  /** Ends the asking: nobody waits for an answer any more. */
  readonly end: AbortSignal;
}

export class LoadKeeper {
  readonly load: LoadControl;
  readonly #kind: LoadKind;
  readonly #situation: LoadSituation;
  readonly #tools: KeeperTools;
  readonly #meter = new PassedMeter(systemClock);
  #overrides: LimitOverrides = {};
  #backOff: BackOff = FULL_SPEED;
  #since = new Date();
  #said = "";
  #stored: { readonly text: string; readonly atMs: number } = { text: "", atMs: 0 };

  constructor(kind: LoadKind, situation: LoadSituation, tools: KeeperTools) {
    this.#kind = kind;
    this.#situation = situation;
    this.#tools = tools;
    this.load = new LoadControl(systemClock, {
      ...situation.migration.limits,
      mayCopy: true,
      mayCompare: true,
    });
  }

  async readOverrides(): Promise<void> {
    const { store, migration } = this.#situation;
    await this.#ask("the limits that were set", async () => {
      this.#overrides = await this.#inTime(store.readLimitOverrides(migration.name));
    });
  }

  /** Holds what is known now. */
  hold(): void {
    const inForce = this.#inForce();
    const { factor } = this.#backOff;
    const { bytesPerSecond } = this.#meter;
    this.load.hold(heldLimits(inForce, this.#kind, { factor, bytesPerSecond }));
    this.#tools.source.readDocumentsFrom(inForce.readFrom);
    this.#sayLimits(inForce);
  }

  async lookAtDestination(): Promise<void> {
    const pressure = await this.#readPressure();
    const before = this.#backOff;
    this.#backOff = pressure === null ? FULL_SPEED : nextBackOff(before, pressure);
    if (before.factor === 1 && this.#backOff.factor < 1) this.#since = systemClock.now();
    this.#sayBackOff(before);
    // What goes through while it is held back says nothing of the full speed.
    this.#meter.look(this.load.passed, before.factor === 1);
    this.hold();
  }

  /** For `status`. */
  async store(): Promise<void> {
    const { store, lease } = this.#situation;
    if (lease === null) return;
    const record = this.#record();
    const text = JSON.stringify({ ...record, at: null });
    const nowMs = systemClock.monotonicMs();
    if (text === this.#stored.text && nowMs - this.#stored.atMs < this.#tools.pace.repeatEveryMs)
      return;
    await this.#ask("what was said of the load", async () => {
      await this.#inTime(store.storeLoad(lease, record));
      this.#stored = { text, atMs: nowMs };
    });
  }

  #inForce(): LimitsInForce {
    const { limits } = this.#situation.migration;
    return limitsInForce(limits, this.#overrides, systemClock.now());
  }

  #backOffRecord(): LoadRecord["backOff"] {
    const { factor, reason } = this.#backOff;
    return factor === 1 ? null : { factor, reason: reason ?? "", since: this.#since };
  }

  #record(): LoadRecord {
    const backOff = this.#backOffRecord();
    return { inForce: this.#inForce(), backOff, at: systemClock.now() };
  }

  /** Whenever they change; at first, where there are any. */
  #sayLimits(inForce: LimitsInForce): void {
    const { documentsPerSecond, bytesPerSecond, windows, readFrom } = inForce;
    const isPlain =
      documentsPerSecond === null &&
      bytesPerSecond === null &&
      windows.length === 0 &&
      readFrom === "primary";
    const text = describeLimits(inForce, this.#kind);
    const isNew = this.#said === "" ? !isPlain : text !== this.#said;
    if (isNew) this.#tools.logger.info(`Limits: ${text}`);
    this.#said = text;
  }

  /** Where it begins, where it gets worse, and where it ends. */
  #sayBackOff(before: BackOff): void {
    const { logger } = this.#tools;
    if (this.#backOff.factor < before.factor) {
      logger.warn(capitalize(describeBackOff(this.#backOffRecord()) ?? ""));
    } else if (this.#backOff.factor === 1 && before.factor < 1) {
      logger.info("At full speed again: the destination is under pressure no more");
    }
  }

  /** Null where nobody asks for it. */
  async #readPressure(): Promise<Pressure | null> {
    const { limits } = this.#situation.migration;
    if (this.#kind === "cutting-over") return null;
    if (!(this.#overrides.isAdaptive ?? limits.isAdaptive)) return null;
    let seen: Awaited<ReturnType<DestinationDeployment["readPressure"]>> = UNKNOWN;
    await this.#ask("the load of the destination", async () => {
      const destination = await this.#tools.ends.connectDestination();
      seen = await this.#inTime(destination.readPressure());
    });
    return { ...seen, writeMs: this.load.readWriteMs() };
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { pace, end } = this.#tools;
    // Whichever of the two ends later is nobody's business.
    answer.catch(() => {});
    return raceTime(answer, pace.answerWithinMs, end);
  }

  async #ask(what: string, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      this.#tools.logger.debug(`${what} is not known: ${errorMessage(error)}`);
    }
  }
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const UNKNOWN = { cache: null, queuedOperations: null, replicationLagMs: null };

async function raceTime<T>(answer: Promise<T>, withinMs: number, end: AbortSignal): Promise<T> {
  const answered = new AbortController();
  const tooLate = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${withinMs} ms`));
    }, withinMs);
    const { signal } = answered;
    signal.addEventListener("abort", () => clearTimeout(timer));
    end.addEventListener("abort", () => reject(end.reason as Error), { signal });
    if (end.aborted) reject(end.reason as Error);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    answered.abort();
  }
}
