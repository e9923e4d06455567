/** One migration of the branch: whether somebody is with it, and when it is looked at next. */
import type { Clock } from "../base/clock.ts";
import { errorMessage, ExitCode } from "../base/errors.ts";
import { formatDuration } from "../base/format-quantity.ts";
import { type Logger, prefixed } from "../base/log.ts";
import type { Migration } from "../model/migration.ts";
import type { Checkout } from "../ports.ts";
import {
  backOffMs,
  dueInMs,
  nextVisit,
  UNSEEN,
  type VisitOutcome,
  type Waiting,
} from "./next-visit.ts";

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

export interface WatchTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly intervalMs: number;
  /** Looks at one migration, and works on it where that is needed. */
  visit(visit: Visit): Promise<VisitOutcome>;
  /** Why work on an earlier spec is not to be ended for this one; null: it is. Never rejects. */
  objectionToChange(entry: SpecEntry, specs: Specs): Promise<string | null>;
}

interface VisitUnderWay {
  readonly entry: SpecEntry;
  readonly root: string;
  readonly end: AbortController;
  done: Promise<void>;
  hasPlace: boolean;
}

export class WatchedMigration {
  readonly name: string;
  readonly #tools: WatchTools;
  readonly #logger: Logger;
  #waiting: Waiting = { ...UNSEEN, endedAtMs: 0, specsCommit: null };
  #visit: VisitUnderWay | null = null;
  /** When it was asked whether work is to be ended for specs, how often, and for which. */
  #judged: {
    readonly specsCommit: string | null;
    readonly atMs: number;
    readonly times: number;
  } | null = null;
  /** What was said last: it is not said again. */
  #said = "";
  #isInterrupted = false;

  constructor(name: string, tools: WatchTools) {
    this.name = name;
    this.#tools = tools;
    this.#logger = prefixed(tools.logger, `${name}: `);
  }

  get isVisited(): boolean {
    return this.#visit !== null;
  }

  get hasPlace(): boolean {
    return this.#visit?.hasPlace === true;
  }

  /** Where the visit under way reads its specs; null: nobody is there. */
  get root(): string | null {
    return this.#visit?.root ?? null;
  }

  /** Whether the process was told to stop in the midst of its work. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  dueInMs(specsCommit: string | null): number {
    return dueInMs(this.#waiting, this.#tools.clock.monotonicMs(), specsCommit);
  }

  async ended(): Promise<void> {
    await this.#visit?.done;
  }

  sayGone(): void {
    this.#logger.info("Its spec is gone: nothing is done with it any more, and nothing is dropped");
  }

  /**
   * @param specsCommit - Of the last checkout, whose specs may not be those that hold.
   * @param places - `isFree`: asked when the work is about to begin; `onEnd`: called when the visit is over.
   */
  begin(
    entry: SpecEntry,
    specs: Specs,
    specsCommit: string | null,
    places: { isFree(): boolean; onEnd(): void },
  ): void {
    const { stop, clock, intervalMs } = this.#tools;
    const end = new AbortController();
    const onStop = (): void => end.abort(stop.reason);
    stop.addEventListener("abort", onStop, { once: true });
    const visit: VisitUnderWay = {
      entry,
      root: specs.checkout.root,
      end,
      done: Promise.resolve(),
      hasPlace: false,
    };
    const takePlace = (): boolean => {
      visit.hasPlace = places.isFree();
      return visit.hasPlace;
    };
    this.#visit = visit;
    visit.done = (async () => {
      const logger = this.#logger;
      const outcome = await this.#run({ entry, specs, logger, stop: end.signal, takePlace });
      stop.removeEventListener("abort", onStop);
      const next = nextVisit(this.#waiting, outcome, intervalMs);
      this.#waiting = { ...next, endedAtMs: clock.monotonicMs(), specsCommit };
      this.#visit = null;
      this.#say(outcome);
      places.onEnd();
    })();
  }

  async #run(visit: Visit): Promise<VisitOutcome> {
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

  #say(outcome: VisitOutcome): void {
    const said = outcome.kind === "waits" ? outcome.reason : "";
    if (said !== "" && said !== this.#said) this.#logger.info(said);
    this.#said = said;
    if (outcome.kind !== "worked") return;
    const { exitCode, message } = outcome;
    const isInterrupted = exitCode === ExitCode.interrupted;
    this.#isInterrupted = isInterrupted && this.#tools.stop.aborted;
    if (exitCode === ExitCode.done || isInterrupted) {
      this.#logger.info(message);
    } else {
      const again = `tried again in ${formatDuration(this.#waiting.waitMs)}, or once specs change`;
      // Without a phase it was an error, which was logged when it came.
      this.#logger.error(outcome.phase === null ? again : `${message}; ${again}`);
    }
  }

  /** What an approval covers has changed: whoever is at work goes on with what was approved before, until it is ended here. */
  async endForChange(entry: SpecEntry, specs: Specs, specsCommit: string | null): Promise<void> {
    const visit = this.#visit;
    if (visit === null || specs.hasProblems || visit.end.signal.aborted) return;
    if (visit.entry.specHash === entry.specHash || !this.#isToJudge(specsCommit)) return;
    const objection = await this.#tools.objectionToChange(entry, specs);
    if (objection === null) {
      this.#logger.info("The spec has changed in what an approval covers: it is begun with anew");
      visit.end.abort(new Error("the spec has changed"));
    } else if (objection !== this.#said) {
      this.#logger.warn(`${objection}; what was approved before goes on`);
      this.#said = objection;
    }
  }

  /** Ever more rarely for the same specs: asking whether they were approved takes many requests to the host. */
  #isToJudge(specsCommit: string | null): boolean {
    const nowMs = this.#tools.clock.monotonicMs();
    const judged = this.#judged?.specsCommit === specsCommit ? this.#judged : null;
    const times = judged?.times ?? 0;
    const waitMs = backOffMs(times - 1, this.#tools.intervalMs);
    if (judged !== null && nowMs - judged.atMs < waitMs) return false;
    this.#judged = { specsCommit, atMs: nowMs, times: times + 1 };
    return true;
  }
}
