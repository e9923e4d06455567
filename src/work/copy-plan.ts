/** Copies what a plan says, and notes which indexes are missing then. */
import { setMaxListeners } from "node:events";
import { BugError, type OperationError, UserError } from "../base/errors.ts";
import { formatCounted } from "../base/format-quantity.ts";
import { amountsKept } from "../copy/amounts-kept.ts";
import { copyCollections } from "../copy/copy-collections.ts";
import { ProgressBoard } from "../copy/progress-board.ts";
import { NEW_RUN } from "./new-run.ts";
import { openFeedOf, takeOver } from "./go-back.ts";
import type { Logger } from "../base/log.ts";
import type { CollectionAction } from "../model/plan.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { ClusterTime, CollectionProgress } from "../model/run.ts";
import { keepingChanges } from "./journaled-feed.ts";
import { outlast, RESTART_AFTER_MS } from "./outlast.ts";
import { requireSameSource } from "./require-same-source.ts";
import { retrying } from "./retrying.ts";
import { noteCondition, type Situation } from "../situation.ts";
import type { WorkTools } from "./work.ts";

export async function copyPlan(situation: Situation, tools: WorkTools): Promise<void> {
  const stop = AbortSignal.any([tools.stop, situation.lease.signal]);
  await outlast(COPYING, situation, { ...tools, stop }, async (goesOn) =>
    copyOnce(situation, tools, goesOn),
  );
}

/** What needs somebody to act first, such as room on a disk, ends the process: a copy can begin again at any time. */
const COPYING = {
  condition: "Copying",
  waitMs: RESTART_AFTER_MS,
  isWorthIt: ({ isRetryable }: OperationError): boolean => isRetryable,
};

/** Copies what is not copied yet. */
async function copyOnce(
  situation: Situation,
  tools: WorkTools,
  goesOn: () => Promise<void>,
): Promise<void> {
  const { migration, store, lease, plan } = situation;
  const source = await tools.ends.connectSource();
  const destination = await tools.ends.connectDestination();
  const retry = retrying(tools.stop, tools.logger);
  const { startFence, runSeq } = await ensureStart(situation, {
    openFeed: async () => openFeedOf(situation, tools.ends, retry),
    readIdentity: async () => retry(async () => source.readIdentity()),
    readClusterTime: async () => retry(async () => source.currentClusterTime()),
  });
  await takeOver(situation, tools.ends, retry);
  const checkpoint = await retry(async () => store.readCheckpoint(migration.name, runSeq));
  // Where changes have been applied already, nothing is read that may be older than they are.
  const notBefore =
    checkpoint === null || checkpoint.figures === null
      ? startFence
      : await retry(async () => source.settledClusterTime());
  const amounts = await retry(async () => store.sumProgress(migration.name));
  const records = await retry(async () => store.listCollectionRecords(migration.name));
  const board = new ProgressBoard(plan, amountsKept(plan, amounts, records, runSeq));
  await goesOn();
  tools.logger.info(describeStart(board.snapshot()));
  tools.onCopying(() => board.snapshot());
  try {
    situation.indexFailures = await keepingChanges(
      { runSeq, durationMs: plan.estimate.durationMs },
      situation,
      tools,
      async (stop) => {
        setMaxListeners(0, stop);
        return copyCollections(plan, {
          source,
          destination,
          store,
          lease,
          startFence: notBefore,
          runSeq,
          load: tools.load,
          bufferBytes: migration.limits.bufferBytes,
          retry: retrying(stop, tools.logger),
          stop,
          board,
          onSourceGone: migration.mode === "full" ? null : leaveForLater(tools.logger),
        });
      },
    );
    await noteIndexes(situation);
  } finally {
    tools.onCopied();
    situation.progress = board.snapshot();
  }
}

/** The type of the condition that says whether all indexes of the plan exist. */
export const INDEXES_BUILT = "IndexesBuilt";

/** From the records, which also know what an earlier process of this run could not build. */
async function noteIndexes(situation: Situation): Promise<void> {
  const { migration, store, plan, conditions } = situation;
  const planned = new Set(
    plan.actions.flatMap((action) =>
      action.kind === "create-index" ? [indexText(action.target, action.index)] : [],
    ),
  );
  const records = await store.listCollectionRecords(migration.name);
  const missing = records.flatMap(({ target, failedIndexes }) =>
    failedIndexes
      .filter(({ name, isBuilt }) => !isBuilt && planned.has(indexText(target, name)))
      .map(({ name, cause }) => `${indexText(target, name)} (${cause})`),
  );
  const wasNoted = conditions.some(({ type }) => type === INDEXES_BUILT);
  if (missing.length === 0 && !wasNoted) return;
  noteCondition(situation, {
    type: INDEXES_BUILT,
    status: missing.length === 0 ? "true" : "false",
    message:
      missing.length === 0
        ? "all indexes are built"
        : `${formatCounted(missing.length, "index", "indexes")} could not be built: ${listSome(missing)}`,
  });
}

function indexText(target: Namespace, index: string): string {
  return `${formatNamespace(target)}, index ${index}`;
}

function listSome(items: readonly string[]): string {
  return `${items.slice(0, 5).join("; ")}${items.length > 5 ? "; …" : ""}`;
}

function describeStart(progress: readonly CollectionProgress[]): string {
  const copied = progress.reduce((sum, { copiedDocuments }) => sum + copiedDocuments, 0);
  const what = formatCounted(progress.length, "collection");
  return copied === 0
    ? `Copying ${what}`
    : `Copying ${what}, going on after ${formatCounted(copied, "document")} copied before`;
}

interface StartTools {
  openFeed(): ReturnType<typeof openFeedOf>;
  readIdentity(): Promise<string>;
  readClusterTime(): Promise<ClusterTime>;
}

interface Start {
  readonly startFence: ClusterTime;
  readonly runSeq: number;
}

/** Where changes are followed, their feed is opened first; both are stored before anything is read (I1). */
async function ensureStart(situation: Situation, tools: StartTools): Promise<Start> {
  const { migration, store, lease } = situation;
  const run = await store.readRun(migration.name);
  if (run === null) throw new BugError(`${migration.name} copies without a run`);
  const { runSeq } = run;
  if (migration.mode === "full-and-incremental") await ensureCheckpoint(runSeq, situation, tools);
  if (run.startFence !== null) return { startFence: run.startFence, runSeq };
  const startFence = await tools.readClusterTime();
  await store.storeStartFence(lease, startFence);
  return { startFence, runSeq };
}

async function ensureCheckpoint(
  runSeq: number,
  { migration, store, lease }: Situation,
  tools: StartTools,
): Promise<void> {
  const checkpoint = await store.takeCheckpoint(lease, runSeq);
  if (checkpoint !== null) {
    requireSameSource(checkpoint, await tools.readIdentity(), migration);
    return;
  }
  const records = await store.listCollectionRecords(migration.name);
  if (records.some((record) => record.runSeq === runSeq)) {
    throw new UserError({
      code: "mode-changed",
      place: migration.place,
      problem:
        "this run began to copy in mode full, and nobody knows what has changed at the source since",
      remedy: `To follow them, ${NEW_RUN}`,
    });
  }
  const opened = await tools.openFeed();
  await store.storeCheckpoint(lease, runSeq, { ...opened, consistentFrom: null, figures: null });
}

function leaveForLater(logger: Logger): (action: CollectionAction) => void {
  return ({ source }) => {
    logger.info(
      `${formatNamespace(source)} was dropped or renamed while it was copied; what became of it is looked at once everything else is copied`,
    );
  };
}
