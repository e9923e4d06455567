import { UserError } from "../base/errors.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionAction } from "../model/plan.ts";
import type { CollectionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import { choosePartitionCount, pickSplitKeys, toRanges } from "./split-partitions.ts";

export interface TargetToPrepare {
  readonly action: CollectionAction;
  readonly planDigest: string;
}

/** Makes the target ready to be copied into, or finds it so: created, recorded as ours, divided into partitions. */
export async function prepareTarget(
  { action, planDigest }: TargetToPrepare,
  record: CollectionRecord | null,
  tools: CopyTools,
): Promise<CollectionRecord> {
  const currentUuid = await tools.retry(async () => tools.destination.readUuid(action.target));
  const created =
    record !== null && isOngoing(record, action, currentUuid)
      ? await adopt(record, planDigest, tools)
      : await createTarget({ action, planDigest }, currentUuid, tools);
  return created.state === "copying" && created.partitionCount === 0
    ? splitTarget(action, created, tools)
    : created;
}

function isOngoing(
  record: CollectionRecord,
  action: CollectionAction,
  currentUuid: string | null,
): boolean {
  return (
    record.targetUuid !== null &&
    record.targetUuid === currentUuid &&
    record.sourceUuid === action.sourceUuid &&
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
  currentUuid: string | null,
  { destination, store, lease, retry }: CopyTools,
): Promise<CollectionRecord> {
  if (currentUuid !== null && currentUuid !== action.existingUuid) throw appeared(action);
  const record: CollectionRecord = {
    target: action.target,
    source: action.source,
    sourceUuid: action.sourceUuid,
    targetUuid: null,
    replaced: action.replaces,
    isComplete: false,
    planDigest,
    state: "copying",
    partitionCount: 0,
  };
  await retry(async () => store.putCollectionRecord(lease, record));
  if (currentUuid !== null) {
    await retry(async () => destination.dropNamespace(action.target, currentUuid));
  }
  const targetUuid = await createOnce(action, { destination, retry });
  const created = { ...record, targetUuid };
  await retry(async () => store.putCollectionRecord(lease, created));
  return created;
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
    if (uuid !== null && (await destination.countDocuments(target)) === 0) return uuid;
    return destination.createCollection(target, options);
  });
}

async function splitTarget(
  action: CollectionAction,
  record: CollectionRecord,
  { source, store, lease, retry, workers }: CopyTools,
): Promise<CollectionRecord> {
  const partitionCount = choosePartitionCount(action.dataBytes, workers);
  const splitKeys =
    partitionCount === 1
      ? []
      : pickSplitKeys(
          await retry(async () => source.sampleKeys(action.source, partitionCount)),
          partitionCount,
        );
  const ranges = toRanges(splitKeys);
  await retry(async () => store.putPartitions(lease, action.target, ranges));
  const split = { ...record, partitionCount: ranges.length };
  await retry(async () => store.putCollectionRecord(lease, split));
  return split;
}

function appeared(action: CollectionAction): UserError {
  return new UserError({
    code: "target-appeared",
    place: formatNamespace(action.target),
    problem: "a collection of this name has appeared at the destination since the plan was made",
    remedy: "Plan again and review what the new plan replaces",
  });
}
