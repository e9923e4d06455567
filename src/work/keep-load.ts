/**
 * Works within limits: looks again and again at what they are now, and at how the destination bears the load. What cannot be asked leaves
 * things as they were; nothing of this ends the work.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { type BackOff, FULL_SPEED, nextBackOff, type Pressure } from "../model/back-off.ts";
import {
  heldLimits,
  type LimitOverrides,
  loadKindOf,
  type LoadKind,
  limitsInForce,
  type LimitsInForce,
  type LoadRecord,
} from "../model/limits.ts";
import type { DestinationDeployment, SourceDeployment } from "../ports.ts";
import type { Ends } from "../precheck/collect-facts.ts";
import { describeBackOff, describeLimits } from "../report/describe-limits.ts";
import type { Situation } from "../situation.ts";
import type { WorkingPhase } from "../state/lifecycle.ts";
import { LoadControl } from "./load-control.ts";
import { PassedMeter } from "./passed-meter.ts";

const LOOK_EVERY_MS = 1_000;
/** What the spec says, and the time of the day, costs nothing to look at. */
const HOLD_EVERY_MS = 250;
/** An end that does not answer in time is asked again at the next look. */
const ANSWER_WITHIN_MS = 2_000;
/** What holds is stored again after that time, so that `status` knows that somebody keeps to it. */
const REPEAT_EVERY_MS = 5_000;

export interface KeepLoadTools {
  readonly ends: Ends;
  readonly logger: Logger;
}

/** @param work - Given what to ask before it causes load. */
export async function withinLimits(
  phase: WorkingPhase,
  situation: Situation,
  tools: KeepLoadTools,
  work: (load: LoadControl) => Promise<void>,
): Promise<void> {
  const source = await tools.ends.connectSource();
  const keeper = new LoadKeeper(loadKindOf(phase), situation, { ...tools, source });
  const end = new AbortController();
  await keeper.readOverrides();
  keeper.hold();
  const keeping = [
    again(end.signal, LOOK_EVERY_MS, async () => {
      await keeper.readOverrides();
      keeper.hold();
      await keeper.store();
    }),
    again(end.signal, LOOK_EVERY_MS, async () => keeper.lookAtDestination()),
    again(end.signal, HOLD_EVERY_MS, async () => keeper.hold()),
  ];
  try {
    await work(keeper.load);
  } finally {
    end.abort();
    await Promise.all(keeping);
  }
}

async function again(end: AbortSignal, everyMs: number, look: () => Promise<void>): Promise<void> {
  while (!end.aborted) {
    await look();
    await sleep(everyMs, undefined, { signal: end }).catch(() => {});
  }
}

class LoadKeeper {
  readonly load: LoadControl;
  readonly #kind: LoadKind;
  readonly #situation: Situation;
  readonly #tools: KeepLoadTools & { readonly source: SourceDeployment };
  readonly #meter = new PassedMeter(systemClock);
  #overrides: LimitOverrides = {};
  #backOff: BackOff = FULL_SPEED;
  #since = new Date();
  #said = "";
  #stored: { readonly text: string; readonly atMs: number } = { text: "", atMs: 0 };

  constructor(
    kind: LoadKind,
    situation: Situation,
    tools: KeepLoadTools & { readonly source: SourceDeployment },
  ) {
    this.#kind = kind;
    this.#situation = situation;
    this.#tools = tools;
    this.load = new LoadControl(systemClock, { ...situation.migration.limits, mayCopy: true });
  }

  async readOverrides(): Promise<void> {
    const { store, migration } = this.#situation;
    await this.#ask("the limits that were set", async () => {
      this.#overrides = await inTime(store.readLimitOverrides(migration.name));
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
    const record = this.#record();
    const text = JSON.stringify({ ...record, at: null });
    const nowMs = systemClock.monotonicMs();
    if (text === this.#stored.text && nowMs - this.#stored.atMs < REPEAT_EVERY_MS) return;
    await this.#ask("what was said of the load", async () => {
      await inTime(store.storeLoad(lease, record));
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
      seen = await inTime(destination.readPressure());
    });
    return { ...seen, writeMs: this.load.readWriteMs() };
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

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const tooLate = sleep(ANSWER_WITHIN_MS, undefined, { signal: limit.signal }).then(
    () => {
      throw new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`);
    },
    () => answer,
  );
  // Whichever of the two ends later is nobody's business.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    limit.abort();
  }
}
