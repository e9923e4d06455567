/** Carries out what `decideAlignment` has found for one collection. */
import type { Retry } from "../base/retry.ts";
import type { FailedIndex, IndexFacts } from "../model/facts.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionRecord, CopyStore, DestinationDeployment, Lease } from "../ports.ts";
import type { Alignment } from "./align-definition.ts";

export interface AlignTools {
  readonly destination: Pick<DestinationDeployment, "alterCollection" | "dropIndex">;
  readonly store: Pick<CopyStore, "putCollectionRecord">;
  readonly lease: Lease;
  readonly retry: Retry;
  /** @returns What could not be built. */
  buildIndexes(
    record: CollectionRecord,
    indexes: readonly IndexFacts[],
  ): Promise<readonly FailedIndex[]>;
  onStep(text: string): void;
}

/**
 * The record names an index before it is built, and until it is gone: whatever happens, it is known as ours.
 *
 * @returns Whether anything is otherwise now: an index that cannot be built is not.
 */
export async function alignCollection(
  record: CollectionRecord,
  { options, drop, build }: Alignment,
  tools: AlignTools,
): Promise<boolean> {
  const { destination, store, lease, retry, onStep } = tools;
  const { target, targetUuid } = record;
  if (targetUuid === null) return false;
  const name = formatNamespace(target);
  if (options.size > 0) {
    onStep(`${name}: ${[...options.keys()].join(", ")} as at the source`);
    await retry(async () => destination.alterCollection(target, targetUuid, options));
  }
  for (const index of drop) {
    onStep(`${name}: the index ${index} is dropped, as at the source`);
    await retry(async () => destination.dropIndex(target, targetUuid, index));
  }
  const names = build.map((index) => index.name);
  if (names.length > 0) onStep(`${name}: builds ${names.join(", ")}, as at the source`);
  const kept = record.indexes.filter((index) => !drop.includes(index) || names.includes(index));
  const planned = { ...record, indexes: [...new Set([...kept, ...names])] };
  if (drop.length === 0 && names.length === 0) return options.size > 0;
  await retry(async () => store.putCollectionRecord(lease, planned));
  const failed = await tools.buildIndexes(planned, build);
  const tried = new Set([...names, ...drop]);
  const failedIndexes = [
    ...record.failedIndexes.filter((index) => !tried.has(index.name)),
    ...failed,
  ];
  // Under the name of one that could not be built, somebody may build it by hand.
  const lacking = new Set(failed.map((index) => index.name));
  const isGone = (index: string): boolean => drop.includes(index) || !kept.includes(index);
  const own = planned.indexes.filter((index) => !(lacking.has(index) && isGone(index)));
  const done = { ...planned, indexes: own, failedIndexes };
  await retry(async () => store.putCollectionRecord(lease, done));
  return options.size > 0 || drop.length > 0 || failed.length < names.length;
}
