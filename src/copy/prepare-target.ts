import { UserError } from "../base/errors.ts";
import { isCapped, storageOf } from "../model/document-storage.ts";
import { formatNamespace, FUNCTIONS } from "../model/namespace.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { CollectionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";

export interface TargetToPrepare {
  readonly action: CollectionAction;
  readonly planDigest: string;
}

export interface PreparedTarget {
  readonly record: CollectionRecord;
  /** Whether it was created just now, and so holds no documents. */
  readonly isFresh: boolean;
}

/** Makes the target ready to be copied into, or finds it so: created, and recorded as ours. */
export async function prepareTarget(
  wanted: TargetToPrepare,
  known: CollectionRecord | null,
  tools: CopyTools,
): Promise<PreparedTarget> {
  const { action } = wanted;
  const currentUuid = await tools.retry(async () => tools.destination.readUuid(action.target));
  const isOngoing = known !== null && canGoOn(known, action, currentUuid, tools.runSeq);
  const record = isOngoing
    ? await adopt(known, wanted.planDigest, tools)
    : await createTarget(wanted, known, currentUuid, tools);
  return { record, isFresh: !isOngoing };
}

/**
 * Whether a copy is gone on with, and else begun anew. Only within one run: what an earlier run has read may be older than
 * this run's fence.
 */
export function canGoOn(
  record: CollectionRecord,
  action: CollectionAction,
  currentUuid: string | null,
  runSeq: number,
): boolean {
  return (
    record.targetUuid !== null &&
    record.targetUuid === currentUuid &&
    record.runSeq === runSeq &&
    action.isResumable &&
    isOfSameSource(record, action) &&
    // The natural order has no keys to go on from: an unfinished copy is dropped and begun again.
    !(isCapped(action.options) && record.state === "copying")
  );
}

function isOfSameSource(record: CollectionRecord, action: CollectionAction): boolean {
  return (
    record.sourceUuid === action.sourceUuid &&
    record.filter === action.filter &&
    formatNamespace(record.source) === formatNamespace(action.source)
  );
}

/** An unfinished copy of an earlier plan goes on under the present one. */
async function adopt(
  record: CollectionRecord,
  planDigest: string,
  { store, lease, retry }: CopyTools,
): Promise<CollectionRecord> {
  if (record.planDigest === planDigest) return record;
  const adopted = { ...record, planDigest };
  await retry(async () => store.putCollectionRecord(lease, adopted));
  return adopted;
}

/** The record comes first: whatever happens in between, the next run knows whose collection it finds. */
async function createTarget(
  { action, planDigest }: TargetToPrepare,
  known: CollectionRecord | null,
  currentUuid: string | null,
  tools: CopyTools,
): Promise<CollectionRecord> {
  const { store, lease, retry, runSeq } = tools;
  const whatStands = await judgeCurrent(action, known, currentUuid, tools);
  const record: CollectionRecord = {
    target: action.target,
    source: action.source,
    sourceUuid: action.sourceUuid,
    targetUuid: null,
    replaced: action.replaces,
    filter: action.filter,
    isComplete: false,
    failedIndexes: [],
    indexes: [],
    viewDigest: null,
    planDigest,
    runSeq,
    state: "copying",
    partitionCount: 0,
  };
  await retry(async () => store.putCollectionRecord(lease, record));
  // Partitions of an earlier copy would pass for this one's.
  if (known !== null) await retry(async () => store.putPartitions(lease, action.target, [], 0));
  if (whatStands === "droppable") {
    const { destination } = tools;
    await retry(async () => destination.dropNamespace(action.target, currentUuid, lease.signal));
  }
  const targetUuid =
    whatStands === "created-before" ? currentUuid : await createOnce(action, tools);
  const created = { ...record, targetUuid };
  await retry(async () => store.putCollectionRecord(lease, created));
  return created;
}

/**
 * What may be done with what has the target's name: only this migration's own copy, and what the plan names as
 * replaced, is ever dropped (I8).
 */
async function judgeCurrent(
  action: CollectionAction,
  known: CollectionRecord | null,
  currentUuid: string | null,
  { destination, retry }: CopyTools,
): Promise<"nothing" | "droppable" | "created-before"> {
  if (currentUuid === null) return "nothing";
  const isOwnCopy = known !== null && known.targetUuid === currentUuid;
  const isPlanned = currentUuid === action.existingUuid;
  if (isOwnCopy || (isPlanned && action.kind === "replace-collection")) return "droppable";
  // A creation whose end was never recorded: taken over where it is what would be created now.
  const isUnfinished = known !== null && known.targetUuid === null && isOfSameSource(known, action);
  // The server keeps a `system.js` for good, also an empty one (src/model/select-objects.ts).
  const isFunctions = action.target.coll === FUNCTIONS;
  if (isFunctions || (isUnfinished && isPlanned && action.isResumable)) {
    const count = await retry(async () =>
      destination.countDocuments(storageOf(action.target, action.options), null),
    );
    if (count === 0) return "created-before";
  }
  throw appeared(action);
}

/** An answer may be lost after the collection was created: an empty one that is there at a later try is ours. */
async function createOnce(
  { target, options }: CollectionAction,
  { destination, retry }: Pick<CopyTools, "destination" | "retry">,
): Promise<string> {
  let isFirstTry = true;
  return retry(async () => {
    const uuid = isFirstTry ? null : await destination.readUuid(target);
    isFirstTry = false;
    const documents = storageOf(target, options);
    if (uuid !== null && (await destination.countDocuments(documents, null)) === 0) return uuid;
    return destination.createCollection(target, options);
  });
}

function appeared(action: CollectionAction): UserError {
  return new UserError({
    code: "target-appeared",
    place: formatNamespace(action.target),
    problem: "a collection of this name has appeared at the destination since the plan was made",
    remedy: "Plan again and review what the new plan replaces",
  });
}
