/**
 * The loop of `mongoferry serve`: look at the branch, and at each migration whose time has come. Guarantees: one visit of a migration
 * at a time, at most as many at work as there are places; whatever fails is tried again later; the last specs that could be read hold
 * until there are others.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { errorMessage, ExitCode } from "../base/errors.ts";
import { formatDuration } from "../base/format-quantity.ts";
import { type Logger, prefixed } from "../base/log.ts";
import type { Migration } from "../model/migration.ts";
import type { Checkout, FollowedClone } from "../ports.ts";
import { BranchWatch } from "./branch-watch.ts";
import type { ServeHealth } from "./judge-health.ts";
import { dueInMs, nextVisit, UNSEEN, type VisitOutcome, type Waiting } from "./next-visit.ts";

export interface SpecEntry {
  readonly migration: Migration;
  /** Of what an approval covers. */
  readonly specHash: string;
}

export interface Specs {
  /** Where they were read. */
  readonly checkout: Checkout;
  readonly entries: readonly SpecEntry[];
  /** Whether any spec beside them, or any that has come since, cannot be read. */
  readonly hasProblems: boolean;
  /** By the clock that never jumps. */
  readonly seenAtMs: number;
}

export interface Visit {
  readonly entry: SpecEntry;
  readonly specs: Specs;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** To be asked before the work; false: as many are worked on as may be. */
  takePlace(): boolean;
}

export interface ControllerTools {
  readonly clone: FollowedClone;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly intervalMs: number;
  readonly parallel: number;
  /** Reads the specs of a checkout, and says what is wrong with them. */
  load(checkout: Checkout): Promise<Omit<Specs, "seenAtMs">>;
  /** Looks at one migration, and works on it where that is needed. */
  visit(visit: Visit): Promise<VisitOutcome>;
  /** Why work on an earlier spec is not to be ended for this one; null: it is. */
  objectionToChange(entry: SpecEntry, specs: Specs): Promise<string | null>;
}

interface Watched {
  readonly name: string;
  readonly logger: Logger;
  waiting: Waiting;
  /** The visit under way. */
  visit: {
    readonly entry: SpecEntry;
    readonly root: string;
    readonly end: AbortController;
    readonly done: Promise<void>;
    hasPlace: boolean;
  } | null;
  /** What was said last: it is not said again. */
  said: string;
}

/** So that many wakings in a row are one turn. */
const LEAST_REST_MS = 50;

export class Controller {
  readonly branch: BranchWatch;
  readonly #tools: ControllerTools;
  readonly #watched = new Map<string, Watched>();
  #specs: Specs | null = null;
  /** The checkout that was looked at last, also where its specs do not hold. */
  #loaded: Checkout | null = null;
  #waking = new AbortController();
  #turnedAtMs: number;
  #hasInterrupted = false;

  constructor(tools: ControllerTools) {
    const { clone, clock, logger } = tools;
    this.#tools = tools;
    this.#turnedAtMs = clock.monotonicMs();
    const onChange = (): void => this.#waking.abort();
    this.branch = new BranchWatch(clone, { clock, logger, onChange });
  }

  get health(): ServeHealth {
    return {
      nowMs: this.#tools.clock.monotonicMs(),
      turnedAtMs: this.#turnedAtMs,
      readAtMs: this.branch.readAtMs,
      isStopping: this.#tools.stop.aborted,
    };
  }

  /** Goes on until it is told to stop, and returns once all work has ended: whether any was interrupted. */
  async run(): Promise<{ readonly hasInterrupted: boolean }> {
    const { stop, intervalMs, clock } = this.#tools;
    while (!stop.aborted) {
      this.#waking = new AbortController();
      this.#turnedAtMs = clock.monotonicMs();
      const { checkout } = await this.branch.look(intervalMs);
      if (stop.aborted) break;
      if (checkout !== null) {
        await this.#turn(checkout);
        await this.#tools.clone.prune(this.#rootsInUse());
      }
      await this.#rest();
    }
    await Promise.all([...this.#watched.values()].map(async ({ visit }) => visit?.done));
    return { hasInterrupted: this.#hasInterrupted };
  }

  async #turn(checkout: Checkout): Promise<void> {
    if (checkout.root !== this.#loaded?.root) await this.#load(checkout);
    const specs = this.#specs;
    if (specs === null) return;
    for (const entry of specs.entries) {
      const watched = this.#watch(entry.migration.name);
      if (watched.visit !== null) await this.#endForChange(watched, entry, specs);
      else if (this.#dueInMs(watched) === 0) this.#begin(watched, entry, specs);
    }
  }

  async #load(checkout: Checkout): Promise<void> {
    const loaded = await this.#tools.load(checkout);
    const seenAtMs = this.#tools.clock.monotonicMs();
    this.#loaded = checkout;
    // Those that could be read last hold, as they do for whoever is at work.
    this.#specs =
      loaded.hasProblems && this.#specs !== null
        ? { ...this.#specs, hasProblems: true }
        : { ...loaded, seenAtMs };
    this.#forgetGone(this.#specs);
  }

  #watch(name: string): Watched {
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const logger = prefixed(this.#tools.logger, `${name}: `);
    const waiting: Waiting = { ...UNSEEN, endedAtMs: 0, specsCommit: null };
    const watched: Watched = { name, logger, waiting, visit: null, said: "" };
    this.#watched.set(name, watched);
    return watched;
  }

  /** Whoever is at work sees for himself that the spec is gone, and ends. */
  #forgetGone({ entries }: Specs): void {
    const names = new Set(entries.map(({ migration }) => migration.name));
    for (const { name, visit, logger } of this.#watched.values()) {
      if (names.has(name) || visit !== null) continue;
      logger.info("Its spec is gone: nothing is done with it any more, and nothing is dropped");
      this.#watched.delete(name);
    }
  }

  #dueInMs({ waiting }: Watched): number {
    const specsCommit = this.#loaded?.specsCommit ?? null;
    return dueInMs(waiting, this.#tools.clock.monotonicMs(), specsCommit);
  }

  #begin(watched: Watched, entry: SpecEntry, specs: Specs): void {
    const end = new AbortController();
    const stop = AbortSignal.any([this.#tools.stop, end.signal]);
    setMaxListeners(0, stop);
    const specsCommit = this.#loaded?.specsCommit ?? null;
    const takePlace = (): boolean => {
      const taken = [...this.#watched.values()].filter(({ visit }) => visit?.hasPlace === true);
      if (watched.visit === null || taken.length >= this.#tools.parallel) return false;
      watched.visit.hasPlace = true;
      return true;
    };
    const done = (async () => {
      const outcome = await this.#visit({ entry, specs, logger: watched.logger, stop, takePlace });
      const { clock, intervalMs } = this.#tools;
      const next = nextVisit(watched.waiting, outcome, intervalMs);
      watched.waiting = { ...next, endedAtMs: clock.monotonicMs(), specsCommit };
      watched.visit = null;
      this.#say(watched, outcome);
      this.#waking.abort();
    })();
    watched.visit = { entry, root: specs.checkout.root, end, done, hasPlace: false };
  }

  async #visit(visit: Visit): Promise<VisitOutcome> {
    const { clock } = this.#tools;
    const begunAtMs = clock.monotonicMs();
    try {
      return await this.#tools.visit(visit);
    } catch (error) {
      if (visit.stop.aborted) return { kind: "waits", reason: "" };
      const message = errorMessage(error);
      visit.logger.error(message);
      const tookMs = clock.monotonicMs() - begunAtMs;
      return { kind: "worked", exitCode: ExitCode.error, phase: null, message, tookMs };
    }
  }

  #say(watched: Watched, outcome: VisitOutcome): void {
    const { logger, waiting } = watched;
    if (outcome.kind === "worked") {
      const isInterrupted = outcome.exitCode === ExitCode.interrupted;
      if (isInterrupted && this.#tools.stop.aborted) this.#hasInterrupted = true;
      const again =
        outcome.exitCode === ExitCode.done || isInterrupted
          ? ""
          : `; tried again in ${formatDuration(waiting.waitMs)}, or once specs change`;
      logger.info(`${outcome.message}${again}`);
      watched.said = "";
    } else if (outcome.kind === "waits") {
      if (outcome.reason !== "" && outcome.reason !== watched.said) logger.info(outcome.reason);
      watched.said = outcome.reason;
    } else {
      watched.said = "";
    }
  }

  /** What an approval covers has changed: whoever is at work goes on with what was approved before, until it is ended here. */
  async #endForChange(watched: Watched, entry: SpecEntry, specs: Specs): Promise<void> {
    const { visit, logger } = watched;
    if (visit === null || specs.hasProblems || visit.end.signal.aborted) return;
    if (visit.entry.specHash === entry.specHash) return;
    const objection = await this.#tools.objectionToChange(entry, specs);
    if (objection === null) {
      logger.info("The spec has changed in what an approval covers: it is begun with anew");
      visit.end.abort(new Error("the spec has changed"));
    } else if (objection !== watched.said) {
      logger.warn(`${objection}; what was approved before goes on`);
      watched.said = objection;
    }
  }

  #rootsInUse(): ReadonlySet<string> {
    const roots = [...this.#watched.values()].flatMap(({ visit }) => visit?.root ?? []);
    return new Set([...roots, ...(this.#specs === null ? [] : [this.#specs.checkout.root])]);
  }

  async #rest(): Promise<void> {
    const { stop, intervalMs } = this.#tools;
    const names = new Set(this.#specs?.entries.map(({ migration }) => migration.name));
    const times = [...this.#watched.values()]
      .filter(({ name, visit }) => visit === null && names.has(name))
      .map((watched) => this.#dueInMs(watched));
    const restMs = Math.max(Math.min(intervalMs, ...times), LEAST_REST_MS);
    const signal = AbortSignal.any([stop, this.#waking.signal]);
    await sleep(LEAST_REST_MS, undefined, { signal: stop }).catch(() => {});
    await sleep(restMs - LEAST_REST_MS, undefined, { signal }).catch(() => {});
  }
}
