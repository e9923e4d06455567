/**
 * Moves the workload: quiet → fence → drain → finalize → verify → done (I6). Each step can be begun again at any time, by any process.
 * Until documents begin to expire at the destination everything can be taken back: the migration then goes on to follow, which
 * brings indexes and options back to what they are while it does.
 */
import pLimit from "p-limit";
import { systemClock } from "../base/clock.ts";
import { BugError, type OperationError } from "../base/errors.ts";
import { settleTogether } from "../base/settle-together.ts";
import { CannotCutOver } from "../cutover/cannot-cut-over.ts";
import { decideFinalization } from "../cutover/decide-finalization.ts";
import { finalizeCollection } from "../cutover/finalize-collection.ts";
import type { NotRestored } from "../cutover/not-restored.ts";
import { QuietGoal } from "../cutover/quiet-goal.ts";
import { beginCutover, type CutoverRecord, type CutoverStep } from "../model/cutover.ts";
import { formatNamespace } from "../model/namespace.ts";
import {
  desiredDefinition,
  isKept,
  type SelectedObject,
  selectObjects,
} from "../model/select-objects.ts";
import { beforeExpiry } from "../model/while-following.ts";
import type { CollectionRecord } from "../ports.ts";
import { reportCutover } from "../report/describe-cutover.ts";
import { surveyObjects } from "../precheck/collect-facts.ts";
import { noteCondition, type Situation } from "../situation.ts";
import { buildFinalIndexes } from "./build-final-indexes.ts";
import { checkBehindFence } from "./check-behind-fence.ts";
import { CUTOVER } from "./cutover-facts.ts";
import { follow } from "./follow.ts";
import { outlast, RESTART_AFTER_MS } from "./outlast.ts";
import { retrying } from "./retrying.ts";
import { storeResults } from "./store-results.ts";
import type { WorkTools } from "./work.ts";

/** Type of the condition that tells whether all is at the destination as it is at the source. */
export const FINALIZED = "Finalized";

const CUTTING_OVER = {
  condition: "CuttingOver",
  waitMs: RESTART_AFTER_MS,
  isWorthIt: ({ mayPass }: OperationError): boolean => mayPass,
};

/** @throws What cannot be got past; why it is given up is left in the situation. */
export async function cutOver(situation: Situation, tools: WorkTools): Promise<void> {
  const stop = AbortSignal.any([tools.stop, situation.lease.signal]);
  try {
    await outlast(CUTTING_OVER, situation, { ...tools, stop }, async (goesOn) => {
      const cutover = await Cutover.open(situation, { ...tools, stop });
      await goesOn();
      await cutover.run();
    });
  } catch (error) {
    if (!(error instanceof CannotCutOver)) throw error;
    situation.cutoverFailure = error.message;
  }
}

/** A selected object with the copy that this run has made of it. */
export interface FollowedObject {
  readonly object: SelectedObject;
  readonly record: CollectionRecord | null;
}

class Cutover {
  readonly #situation: Situation;
  readonly #tools: WorkTools;
  readonly #runSeq: number;
  #record: CutoverRecord;

  private constructor(
    situation: Situation,
    tools: WorkTools,
    runSeq: number,
    record: CutoverRecord,
  ) {
    this.#situation = situation;
    this.#tools = tools;
    this.#runSeq = runSeq;
    this.#record = record;
  }

  static async open(situation: Situation, tools: WorkTools): Promise<Cutover> {
    const { migration, store } = situation;
    const run = await store.readRun(migration.name);
    if (run === null) throw new BugError(`${migration.name} cuts over without a run`);
    const found = await store.readCutover(migration.name, run.runSeq);
    const record = found === null || found.failure !== null ? beginCutover(run.runSeq) : found;
    return new Cutover(situation, tools, run.runSeq, record);
  }

  async run(): Promise<void> {
    const { step } = this.#record;
    if (step !== "expire") {
      if (step === "block") await this.#block();
      if (step !== "finalize" && step !== "verify") await this.#drain();
      await this.#check();
    }
    await this.#expire();
  }

  /** Stores that a step begins before it does. */
  async #begin(step: CutoverStep, more: Partial<CutoverRecord> = {}): Promise<void> {
    const begun = [...this.#record.begun, { step, at: systemClock.now() }];
    await this.#keep({ ...more, step, begun });
    this.#tools.logger.info(`Cutover: ${WORDS[step]}`);
  }

  async #keep(more: Partial<CutoverRecord>): Promise<void> {
    this.#record = { ...this.#record, ...more };
    await this.#situation.store.storeCutover(this.#situation.lease, this.#record);
  }

  async #block(): Promise<void> {
    const { migration } = this.#situation;
    if (!migration.cutover.blockSourceWrites) return;
    const source = await this.#tools.ends.connectSource();
    const retry = retrying(this.#tools.stop, this.#tools.logger);
    // Blocked by somebody else, it is theirs to take writes again.
    const isBlocked = await retry(async () => source.readWriteBlock());
    if (isBlocked === true && !this.#record.isSourceBlocked) return;
    await this.#begin("block", { isSourceBlocked: true });
    await retry(async () => source.blockWrites(true));
  }

  async #drain(): Promise<void> {
    const { cutover } = this.#situation.migration;
    const source = await this.#tools.ends.connectSource();
    const retry = retrying(this.#tools.stop, this.#tools.logger);
    await this.#begin("quiet", { fence: null });
    const goal = new QuietGoal(cutover, {
      clock: systemClock,
      takeFence: async () => retry(async () => source.settledClusterTime()),
      onFence: async (fence) => this.#begin("drain", { fence }),
      onNoise: async () => this.#begin("quiet", { fence: null }),
    });
    await follow(goal, this.#situation, this.#tools);
    // Where it was told to stop it ends, too.
    this.#tools.stop.throwIfAborted();
    await this.#begin("finalize");
  }

  /** Makes everything as it is at the source, but for what expires, and compares it, while nothing may change there. */
  async #check(): Promise<void> {
    const checkedUpTo = await checkBehindFence(this.#situation, this.#tools, {
      runSeq: this.#runSeq,
      survey: async () => this.#survey(),
      finalize: async (followed, stop) => {
        const notRestored = await this.#finalize(followed.map(withoutExpiry), stop);
        await this.#begin("verify", { notRestored: notRestored.map(({ text }) => text) });
        return notRestored;
      },
    });
    await storeResults(this.#situation, this.#tools, { results: this.#situation.results });
    await this.#keep({ checkedUpTo });
  }

  /** From here on it can no longer be taken back. */
  async #expire(): Promise<void> {
    const { stop, ends, logger } = this.#tools;
    if (this.#record.step !== "expire") {
      const destination = await ends.connectDestination();
      const retry = retrying(stop, logger);
      // From here on, what changes there is for the way back to bring.
      const destinationTime = await retry(async () => destination.currentClusterTime());
      await this.#begin("expire", { destinationTime });
    }
    const more = await this.#finalize(await this.#survey(), stop);
    const texts = more.map(({ text }) => text);
    const notRestored = [...new Set([...this.#record.notRestored, ...texts])];
    noteCondition(this.#situation, {
      type: FINALIZED,
      status: notRestored.length === 0 ? "true" : "false",
      message:
        notRestored.length === 0
          ? "indexes and options are as at the source"
          : `could not be made as at the source: ${notRestored.slice(0, 5).join("; ")}`,
    });
    await this.#keep({ notRestored, endedAt: this.#record.endedAt ?? systemClock.now() });
    const { source, destination } = this.#situation.migration;
    const names = { source: source.name, destination: destination.name };
    const report = reportCutover(this.#record, names);
    await storeResults(this.#situation, this.#tools, { cutover: report });
    noteCondition(this.#situation, {
      type: CUTOVER,
      status: "true",
      message: `done, after ${report.downtime}. ${report.toDo.join(". ")}`,
    });
  }

  /** What is selected by now, as it is to be in the end. */
  async #survey(): Promise<readonly FollowedObject[]> {
    const { migration, probed } = this.#situation;
    const { ends, stop, logger } = this.#tools;
    const { facts, records } = await retrying(
      stop,
      logger,
    )(async () => surveyObjects(migration, probed, ends));
    const { objects } = selectObjects({ ...migration, mode: "full" }, facts);
    const own = records.filter(({ runSeq, state }) => runSeq === this.#runSeq && state === "done");
    const byTarget = new Map(own.map((record) => [formatNamespace(record.target), record]));
    return objects
      .filter((object) => !isKept(object))
      .map((object) => {
        const record = byTarget.get(formatNamespace(object.target)) ?? null;
        const uuid = object.existing?.uuid ?? null;
        return { object, record: record?.targetUuid === uuid ? record : null };
      });
  }

  async #finalize(
    followed: readonly FollowedObject[],
    stop: AbortSignal,
  ): Promise<readonly NotRestored[]> {
    const { store, lease, migration } = this.#situation;
    const { ends, logger } = this.#tools;
    const destination = await ends.connectDestination();
    const retry = retrying(stop, logger);
    const limit = pLimit(migration.limits.workers);
    const found: (readonly NotRestored[])[] = [];
    await settleTogether(stop, (signal) =>
      followed.map(async ({ object, record }, position) =>
        limit(async () => {
          if (record === null || object.existing === null) return;
          const desired = desiredDefinition(object);
          const step = decideFinalization(desired, object.existing, destination.canConvert);
          if (step === null) return;
          found[position] = await finalizeCollection(record, step, {
            destination,
            store,
            lease,
            retry,
            stop: signal,
            buildIndexes: async (made, indexes) =>
              buildFinalIndexes(made, indexes, this.#situation, { ...this.#tools, stop: signal }),
            onStep: (text) => logger.info(text),
          });
        }),
      ),
    );
    return found.flat();
  }
}

function withoutExpiry({ object, record }: FollowedObject): FollowedObject {
  const { kind } = object.source;
  const { options, indexes } = object;
  return { object: { ...object, ...beforeExpiry({ options, indexes, kind }) }, record };
}

const WORDS: Readonly<Record<CutoverStep, string>> = {
  block: "the source refuses writes from now on",
  quiet: "waits until nothing changes at the source any more",
  drain: "the source is quiet; brings everything up to now to the destination",
  finalize: "makes indexes and options as they are at the source",
  verify: "compares both ends",
  expire: "point of no return: documents may expire at the destination from now on",
};
