/** The work of each phase. What a phase decides is pure and lives with the phase; this only connects it. */
import { setMaxListeners } from "node:events";
import { BugError, ExitCode, errorMessage, LeaseLostError, OperationError } from "./base/errors.ts";
import { formatCounted } from "./base/format-quantity.ts";
import type { Logger } from "./base/log.ts";
import { type Retry, retryOperation } from "./base/retry.ts";
import { amountsKept } from "./copy/amounts-kept.ts";
import { copyCollections } from "./copy/copy-collections.ts";
import { ProgressBoard } from "./copy/progress-board.ts";
import { isBlocked } from "./model/finding.ts";
import { formatNamespace, type Namespace } from "./model/namespace.ts";
import type { PlannedObject } from "./model/plan.ts";
import type {
  ClusterTime,
  CollectionProgress,
  Condition,
  VerificationResult,
} from "./model/run.ts";
import { type SelectedObject, selectObjects } from "./model/select-objects.ts";
import { type Ends, surveyEnds } from "./precheck/collect-facts.ts";
import type { StoredResults } from "./publish-state.ts";
import { noteCondition, type Situation } from "./situation.ts";
import type { WorkingPhase } from "./state/lifecycle.ts";
import { verifyObjects } from "./verify/verify-objects.ts";

/** Type of the condition that tells how the comparison ended. */
const VERIFIED = "Verified";

export interface WorkTools {
  readonly ends: Ends;
  readonly logger: Logger;
  /** Commit that the spec was read from; null without git. */
  readonly specCommit: string | null;
  /** Ends the work at the next safe point. */
  readonly stop: AbortSignal;
  /** Called once for each copy; what the function returns changes while it runs. */
  onCopying(snapshot: () => readonly CollectionProgress[]): void;
  onCopied(): void;
}

/** Does a phase's work. What cannot be got past becomes an obstacle; the lifecycle decides what that means. */
export async function work(
  phase: WorkingPhase,
  situation: Situation,
  tools: WorkTools,
): Promise<void> {
  try {
    if (phase === "Prechecking") precheck(situation);
    else if (isBlocked(situation.findings)) blocked(situation);
    else if (phase === "Copying") await copy(situation, tools);
    else await verify(situation, tools);
    if (situation.obstacle === null) situation.done.add(phase);
  } catch (error) {
    if (tools.stop.aborted) return;
    if (error instanceof LeaseLostError || situation.lease.signal.aborted) throw error;
    tools.logger.error(`${errorMessage(error)}${keyOf(error)}`, { error });
    situation.obstacle = { reason: errorMessage(error), exitCode: ExitCode.error };
  }
}

/** The log may show the key of a document; the reason, which is committed, may not. */
function keyOf(error: unknown): string {
  const key = error instanceof OperationError ? error.key : null;
  return key === null ? "" : ` (the document with _id ${key})`;
}

function precheck(situation: Situation): void {
  if (isBlocked(situation.findings)) blocked(situation);
}

function blocked(situation: Situation): void {
  const failed = situation.findings.filter((finding) => finding.result === "failed");
  situation.obstacle = {
    reason: `the precheck failed: ${failed.map(({ rule, message, remedy }) => `${rule}: ${message}. ${remedy}`).join("; ")}`,
    exitCode: ExitCode.blockedByPrecheck,
  };
}

async function copy(situation: Situation, tools: WorkTools): Promise<void> {
  const { migration, store, lease, plan } = situation;
  const source = await tools.ends.connectSource();
  const destination = await tools.ends.connectDestination();
  const retry = retrying(tools.stop, tools.logger);
  const { startFence, runSeq } = await ensureStartFence(situation, async () =>
    retry(async () => source.currentClusterTime()),
  );
  const stop = AbortSignal.any([tools.stop, lease.signal]);
  setMaxListeners(0, stop);
  const amounts = await store.sumProgress(migration.name);
  const records = await store.listCollectionRecords(migration.name);
  const board = new ProgressBoard(plan, amountsKept(plan, amounts, records, runSeq));
  tools.logger.info(describeStart(board.snapshot()));
  tools.onCopying(() => board.snapshot());
  try {
    situation.indexFailures = await copyCollections(plan, {
      source,
      destination,
      store,
      lease,
      startFence,
      runSeq,
      workers: migration.limits.workers,
      bufferBytes: migration.limits.bufferBytes,
      retry: retrying(stop, tools.logger),
      stop,
      board,
    });
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

function retrying(stop: AbortSignal, logger: Logger): Retry {
  return async (run) =>
    retryOperation(run, stop, (error, attempt) => {
      logger.warn(`${error.message}; trying again`, { attempt });
    });
}

/** Stored before anything is read (I1). */
async function ensureStartFence(
  { migration, store, lease }: Situation,
  readClusterTime: () => Promise<ClusterTime>,
): Promise<{ readonly startFence: ClusterTime; readonly runSeq: number }> {
  const run = await store.readRun(migration.name);
  if (run === null) throw new BugError(`${migration.name} copies without a run`);
  const { runSeq } = run;
  if (run.startFence !== null) return { startFence: run.startFence, runSeq };
  const startFence = await readClusterTime();
  await store.storeStartFence(lease, startFence);
  return { startFence, runSeq };
}

async function verify(situation: Situation, tools: WorkTools): Promise<void> {
  const { migration, plan } = situation;
  const mode = migration.verification;
  if (mode === "none") {
    noteCondition(situation, unverified("verification is turned off in the spec"));
    await storeResults(situation, tools);
    return;
  }
  const facts = await retrying(
    tools.stop,
    tools.logger,
  )(async () => surveyEnds(migration, situation.probed, tools.ends));
  const selected = selectObjects(migration, facts).objects;
  const present = new Set(selected.map(namesOf));
  // A collection is named by each of its indexes too, and by nothing else where only those are built.
  const planned = new Map(plan.actions.map((action) => [namesOf(action), action]));
  const open = await targetsToCompare(situation);
  const objects = selected.filter(
    (object) => planned.has(namesOf(object)) || (object.owned !== null && open(object.target)),
  );
  const gone = [...planned].filter(([names]) => !present.has(names)).map(([, action]) => action);
  const compared = await verifyObjects(objects, {
    source: await tools.ends.connectSource(),
    destination: await tools.ends.connectDestination(),
    mode,
    workers: migration.limits.workers,
    signal: AbortSignal.any([tools.stop, situation.lease.signal]),
    onCompared: (result) => {
      const outcome = result.isEqual ? "equal" : "DIFFERENT";
      tools.logger.debug(`${formatNamespace(result.target)}: ${outcome}`);
    },
  });
  situation.results = [...compared, ...gone.map(goneFromSource)];
  noteCondition(situation, verdictOf(situation.results, mode));
  await storeResults(situation, tools);
}

/**
 * Besides what is planned now: what this run copied under a plan that has changed since, and, where the last comparison found
 * differences, everything, so that a verdict is never replaced by one on less.
 */
async function targetsToCompare({
  migration,
  store,
  conditions,
}: Situation): Promise<(target: Namespace) => boolean> {
  const wasDifferent = conditions.some(
    ({ type, status }) => type === VERIFIED && status === "false",
  );
  const run = await store.readRun(migration.name);
  const records = await store.listCollectionRecords(migration.name);
  const open = records.filter(({ runSeq }) => wasDifferent || runSeq === run?.runSeq);
  const names = new Set(open.map(({ target }) => formatNamespace(target)));
  return (target) => names.has(formatNamespace(target));
}

/** Kept before the phase ends, so that the report can be rendered whenever that is published. */
async function storeResults(
  { migration, store, plan, findings, results, progress }: Situation,
  { specCommit }: WorkTools,
): Promise<void> {
  const { title, verification } = migration;
  const stored: StoredResults = {
    title,
    verification,
    plan,
    findings,
    // Keys may be personal data, and what is stored here is committed to git for good.
    results: results.map((result) => ({ ...result, examples: [] })),
    progress,
    specCommit,
  };
  const text = JSON.stringify(stored);
  await store.saveArtifact(migration.name, "results", plan.digest, text);
}

function namesOf({ source, target }: SelectedObject | PlannedObject): string {
  const from = "namespace" in source ? source.namespace : source;
  return JSON.stringify([formatNamespace(from), formatNamespace(target)]);
}

/** What was planned and cannot be compared is never equal. */
function goneFromSource({ source, target }: PlannedObject): VerificationResult {
  return {
    source,
    target,
    sourceDocuments: 0,
    targetDocuments: 0,
    differingDocuments: null,
    missingDocuments: null,
    extraDocuments: null,
    examples: [],
    optionDifferences: [`${formatNamespace(source)} is not at the source any more`],
    indexDifferences: [],
    isEqual: false,
  };
}

function verdictOf(results: readonly VerificationResult[], mode: string): Condition {
  const different = results.filter((result) => !result.isEqual);
  if (different.length === 0) {
    const message = `${formatCounted(results.length, "object")} compared (${mode}), all equal`;
    return { type: VERIFIED, status: "true", message };
  }
  const names = different.slice(0, 5).map((result) => formatNamespace(result.target));
  return {
    type: VERIFIED,
    status: "false",
    message: `${different.length} of ${results.length} objects differ: ${names.join(", ")}${different.length > 5 ? ", …" : ""}`,
  };
}

function unverified(message: string): Condition {
  return { type: VERIFIED, status: "unknown", message };
}
