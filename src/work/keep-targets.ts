/**
 * Keeps the collections of the destination as those of the source are: looks at both, drops, renames and copies what has changed, and
 * brings options and indexes up to date. Level-triggered: what has changed, and how often, does not matter; one look finds it all.
 */
import { alignCollection } from "../apply/align-collection.ts";
import { decideAlignment } from "../apply/align-definition.ts";
import type { AppliedTarget } from "../apply/apply-window.ts";
import { haveOtherTraits, mapTargets } from "../apply/applied-targets.ts";
import { runSettlement } from "../apply/run-settlement.ts";
import { decideSettlement } from "../apply/settle-targets.ts";
import type { Logger } from "../base/log.ts";
import type { Retry } from "../base/retry.ts";
import { buildIndexes, toFailedIndexes } from "../copy/build-indexes.ts";
import { type CopyTools, copyCollections } from "../copy/copy-collections.ts";
import { ProgressBoard } from "../copy/progress-board.ts";
import type { ChangedCollection } from "../model/change.ts";
import { estimateCopy } from "../model/estimate-copy.ts";
import type { CollectionFacts, FailedIndex, IndexFacts } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace, isSameNamespace } from "../model/namespace.ts";
import { type CollectionAction, isCollectionAction, type Plan } from "../model/plan.ts";
import type { ClusterTime } from "../model/run.ts";
import { type SelectedObject, selectObjects } from "../model/select-objects.ts";
import { buildPlan } from "../plan/build-plan.ts";
import type {
  CollectionRecord,
  DestinationDeployment,
  Lease,
  LoadGate,
  MigrationStore,
  SourceDeployment,
} from "../ports.ts";
import {
  type Ends,
  type ProbedEnds,
  type SurveyedObjects,
  surveyObjects,
} from "../precheck/collect-facts.ts";
import { normalizedSpec } from "../spec/normalized-spec.ts";
import { refuseConflicts, refuseUnfollowable, withoutReplacing } from "./refuse-in-look.ts";

export interface KeepTools {
  readonly migration: Migration;
  readonly ends: Ends;
  readonly load: LoadGate;
  readonly probed: ProbedEnds;
  readonly source: SourceDeployment;
  readonly destination: DestinationDeployment;
  readonly store: MigrationStore;
  readonly lease: Lease;
  readonly logger: Logger;
  readonly retry: Retry;
  readonly stop: AbortSignal;
  readonly runSeq: number;
  /** Whether changes are kept during what takes that long. */
  isKept(durationMs: number): boolean;
  /**
   * Does what may take long, and keeps what changes meanwhile where the source might forget it.
   *
   * @param work - Given the signal to obey.
   */
  keepingChanges<T>(durationMs: number, work: (stop: AbortSignal) => Promise<T>): Promise<T>;
  /** Refuses to go by what another deployment has. */
  requireSource(surveyed: SurveyedObjects): void;
  /** Index builds that have failed, by UUID of the collection and definition: outlasts a keeper. */
  readonly failedBuilds: Set<string>;
  /** The plan that was approved: what is made while its changes are followed belongs to it. */
  readonly planDigest: string;
}

export class TargetKeeper {
  readonly #tools: KeepTools;
  #targets: ReadonlyMap<string, readonly AppliedTarget[]> = new Map();
  #lookedAt: ClusterTime = { seconds: 0, increment: 0 };
  #hasChanged = false;
  #hasOtherTraits = false;
  #hasLooked = false;
  #hasKept = false;
  #hasNewFailure = false;

  constructor(tools: KeepTools) {
    this.#tools = tools;
  }

  /** All that happened at the source up to this time was there to be seen at the last look. */
  get lookedAt(): ClusterTime {
    return this.#lookedAt;
  }

  /** Whether the last look has done something that another has to confirm. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Whether the journal has what changed during the last look. */
  get hasKept(): boolean {
    return this.#hasKept;
  }

  /** Whether, since the last look, changes of some collection count otherwise than before it. */
  get hasOtherTraits(): boolean {
    return this.#hasOtherTraits;
  }

  targetsOf({ uuid }: ChangedCollection): readonly AppliedTarget[] {
    return uuid === null ? [] : (this.#targets.get(uuid) ?? []);
  }

  /** On return everything selected that was there when it began is at the destination, at least as it was then. */
  async look(): Promise<void> {
    const { source, retry } = this.#tools;
    const lookedAt = await retry(async () => source.settledClusterTime());
    let steps = 0;
    this.#hasNewFailure = false;
    this.#hasKept = false;
    let surveyed = await this.#survey();
    if (!this.#hasLooked) this.#tools.requireSource(surveyed);
    this.#hasLooked = true;
    // The source may change at any time: what is copied has to be settled as it was seen.
    for (let settled = await settleTargets(surveyed, this.#tools); settled > 0;) {
      steps += settled;
      surveyed = await this.#survey();
      settled = await settleTargets(surveyed, this.#tools);
    }
    const objects = selectObjects(this.#tools.migration, surveyed.facts).objects;
    refuseUnfollowable(objects, this.#tools.migration);
    steps += await this.#copyMissing(surveyed, lookedAt);
    steps += await this.#align(objects, surveyed.records);
    const records = await this.#tools.store.listCollectionRecords(this.#tools.migration.name);
    const own = records.filter(({ runSeq }) => runSeq === this.#tools.runSeq);
    const targets = mapTargets(objects, own);
    this.#hasOtherTraits = haveOtherTraits(this.#targets, targets);
    this.#targets = targets;
    this.#lookedAt = lookedAt;
    this.#hasChanged = steps > 0 || this.#hasNewFailure;
  }

  async #survey(): Promise<SurveyedObjects> {
    const { migration, probed, ends, retry } = this.#tools;
    return retry(async () => surveyObjects(migration, probed, ends));
  }

  async #copyMissing({ facts }: SurveyedObjects, fence: ClusterTime): Promise<number> {
    const { migration, planDigest } = this.#tools;
    const whole = buildPlan({
      migration: withoutReplacing(migration),
      // What is complete is not made again.
      facts: { ...facts, runDigest: null },
      normalizedSpec: JSON.stringify(normalizedSpec(migration)),
    });
    refuseConflicts(whole);
    const copied = new Set(
      whole.actions.filter(isCollectionAction).map(({ target }) => formatNamespace(target)),
    );
    // Indexes of what is there already are a matter of aligning.
    const actions = whole.actions.filter(
      (action) => action.kind !== "create-index" || copied.has(formatNamespace(action.target)),
    );
    if (actions.length === 0) return 0;
    const plan = { ...whole, actions, digest: planDigest };
    this.#tools.logger.info(`Copies what is new at the source: ${namesOf(plan)}`);
    const gone: CollectionAction[] = [];
    const { durationMs } = whole.estimate;
    await this.#keepingChanges(durationMs, async (stop) =>
      copyCollections(plan, { ...this.#copyTools(plan, fence, gone), stop }),
    );
    for (const action of gone) await this.#forgetCopy(action);
    return actions.length;
  }

  /**
   * What changes while others are copied is not applied to it: under its old name again, it has to be copied from the beginning.
   * An interruption before that is none, since the changes are then told again.
   */
  async #forgetCopy({ source, target }: CollectionAction): Promise<void> {
    const { logger, store, destination, lease, retry, migration } = this.#tools;
    logger.info(`${formatNamespace(source)} was dropped or renamed while it was copied`);
    const records = await retry(async () => store.listCollectionRecords(migration.name));
    const record = records.find((each) => isSameNamespace(each.target, target));
    if (record?.targetUuid === undefined || record.targetUuid === null) return;
    const { targetUuid } = record;
    await retry(async () => destination.dropNamespace(target, targetUuid, lease.signal));
    await retry(async () => store.deleteCollectionRecord(lease, target));
  }

  async #align(
    objects: readonly SelectedObject[],
    records: readonly CollectionRecord[],
  ): Promise<number> {
    const { store, lease, destination, retry, logger, runSeq } = this.#tools;
    const done = records.filter((each) => each.runSeq === runSeq && each.state === "done");
    const byUuid = new Map(done.map((record) => [record.targetUuid, record]));
    let count = 0;
    for (const object of objects) {
      const uuid = object.existing?.uuid ?? null;
      const record = uuid === null ? undefined : byUuid.get(uuid);
      const alignment = record === undefined ? null : decideAlignment(object, record);
      if (record === undefined || alignment === null) continue;
      const hasChanged = await alignCollection(record, alignment, {
        store,
        lease,
        destination,
        retry,
        buildIndexes: async (made, indexes) => this.#build(made, indexes, object.source),
        onStep: (text) => logger.info(text),
      });
      if (hasChanged) count++;
    }
    return count;
  }

  async #keepingChanges<T>(
    durationMs: number,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#hasKept ||= this.#tools.isKept(durationMs);
    return this.#tools.keepingChanges(durationMs, work);
  }

  async #build(
    record: CollectionRecord,
    indexes: readonly IndexFacts[],
    { documentCount, dataBytes, indexBytes }: CollectionFacts,
  ): Promise<readonly FailedIndex[]> {
    if (indexes.length === 0) return [];
    const { planDigest, logger } = this.#tools;
    const { source, target } = record;
    const actions = indexes.map(({ name, spec }) => ({
      kind: "create-index" as const,
      source,
      target,
      index: name,
      spec,
    }));
    const board = { setIndexShare: () => {} };
    const { durationMs } = estimateCopy([{ documentCount, dataBytes, indexBytes }]);
    const failures = await this.#keepingChanges(durationMs, async (stop) =>
      buildIndexes(record, actions, { ...this.#tools, stop, board }),
    );
    for (const { index, cause } of failures) {
      this.#noteFailure(
        record,
        indexes.find(({ name }) => name === index),
      );
      logger.warn(`${formatNamespace(target)}: the index ${index} could not be built: ${cause}`);
    }
    return toFailedIndexes(failures, planDigest);
  }

  /**
   * While documents are older than the index, it may not take what they hold. It is tried again when they are as the index found them:
   * once, since it may be the collection's own documents that the source's version takes and this one does not.
   */
  #noteFailure({ targetUuid }: CollectionRecord, index: IndexFacts | undefined): void {
    const build = `${targetUuid} ${index?.spec.json ?? ""}`;
    const { failedBuilds } = this.#tools;
    if (!failedBuilds.has(build)) this.#hasNewFailure = true;
    failedBuilds.add(build);
  }

  #copyTools(plan: Plan, startFence: ClusterTime, gone: CollectionAction[]): CopyTools {
    const { migration } = this.#tools;
    return {
      ...this.#tools,
      startFence,
      bufferBytes: migration.limits.bufferBytes,
      board: new ProgressBoard(plan, []),
      onSourceGone: (action) => {
        gone.push(action);
      },
    };
  }
}

/**
 * Drops and renames what the run has made, as its sources were.
 *
 * @returns Number of steps.
 */
export async function settleTargets(
  { facts, records }: SurveyedObjects,
  tools: Pick<
    KeepTools,
    "migration" | "destination" | "store" | "lease" | "retry" | "logger" | "runSeq"
  >,
): Promise<number> {
  const { migration, runSeq, logger } = tools;
  const { objects } = selectObjects(migration, facts);
  const standing = facts.destinationCollections;
  const sources = facts.sourceCollections;
  const steps = decideSettlement({ objects, records, sources, standing, runSeq });
  const names = standing.map(({ namespace }) => namespace);
  await runSettlement(steps, names, { ...tools, onStep: (text) => logger.info(text) });
  return steps.length;
}

function namesOf({ actions }: Plan): string {
  const names = actions
    .filter((action) => action.kind !== "create-index")
    .map(({ target }) => formatNamespace(target));
  return `${names.slice(0, 5).join(", ")}${names.length > 5 ? `, … (${names.length})` : ""}`;
}
