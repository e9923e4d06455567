/** Carries out what `decideFinalization` has found for one collection. Doing it again, or going on with half of it, ends the same. */
import type { Retry } from "../base/retry.ts";
import type { FailedIndex, IndexFacts } from "../model/facts.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionRecord, CopyStore, DestinationDeployment, Lease } from "../ports.ts";
import type { Finalization, IndexAlteration } from "./decide-finalization.ts";
import type { NotRestored } from "./not-restored.ts";

export interface FinalizeTools {
  readonly destination: Pick<DestinationDeployment, "alterCollection" | "alterIndex" | "dropIndex">;
  readonly store: Pick<CopyStore, "putCollectionRecord">;
  readonly lease: Lease;
  readonly retry: Retry;
  readonly stop: AbortSignal;
  /** @returns What could not be built. */
  buildIndexes(
    record: CollectionRecord,
    indexes: readonly IndexFacts[],
  ): Promise<readonly FailedIndex[]>;
  onStep(text: string): void;
}

/** @returns What could not be made as it is at the source. */
export async function finalizeCollection(
  record: CollectionRecord,
  { options, alter, rebuild, build, impossible }: Finalization,
  tools: FinalizeTools,
): Promise<readonly NotRestored[]> {
  const { destination, retry, stop, onStep } = tools;
  const { target, targetUuid } = record;
  const name = formatNamespace(target);
  if (targetUuid === null) return [];
  const failures = impossible.map((option): NotRestored => ({
    target,
    what: "option",
    name: option.name,
    text: `${name}: ${option.text}`,
  }));
  stop.throwIfAborted();
  if (options.size > 0) {
    onStep(`${name}: ${[...options.keys()].join(", ")} as at the source`);
    await retry(async () => destination.alterCollection(target, targetUuid, options));
  }
  for (const alteration of alter) {
    stop.throwIfAborted();
    onStep(`${name}: the index ${alteration.index.name} is made ${namesOf(alteration)}`);
    const cause = await alterIndex(record, targetUuid, alteration, tools);
    if (cause !== null) failures.push(indexNotRestored(record, alteration.index.name, cause));
  }
  failures.push(...(await buildAnew(record, targetUuid, { rebuild, build }, tools)));
  return failures;
}

async function alterIndex(
  { target }: CollectionRecord,
  uuid: string,
  { index, changes, undo }: IndexAlteration,
  { destination, retry }: FinalizeTools,
): Promise<string | null> {
  const alter = async (sets: readonly ReadonlyMap<string, unknown>[]) =>
    retry(async () => destination.alterIndex(target, uuid, index.name, sets));
  const refusal = await alter(changes);
  if (refusal === null) return null;
  if (undo !== null) await alter([undo]);
  return `${refusal.cause}; it stays a plain one`;
}

/** The record names an index before it is built: whatever happens, it is known as ours. */
async function buildAnew(
  record: CollectionRecord,
  uuid: string,
  { rebuild, build }: Pick<Finalization, "rebuild" | "build">,
  { destination, store, lease, retry, buildIndexes, onStep }: FinalizeTools,
): Promise<readonly NotRestored[]> {
  const all = [...rebuild, ...build];
  if (all.length === 0) return [];
  const name = formatNamespace(record.target);
  const names = all.map((index) => index.name);
  const planned = { ...record, indexes: [...new Set([...record.indexes, ...names])] };
  await retry(async () => store.putCollectionRecord(lease, planned));
  for (const index of rebuild) {
    await retry(async () => destination.dropIndex(record.target, uuid, index.name));
  }
  onStep(`${name}: builds ${names.join(", ")} as at the source`);
  const failed = await buildIndexes(planned, all);
  const failedIndexes = [
    ...planned.failedIndexes.filter((index) => !names.includes(index.name)),
    ...failed,
  ];
  await retry(async () => store.putCollectionRecord(lease, { ...planned, failedIndexes }));
  return failed.map((index) => indexNotRestored(record, index.name, index.cause));
}

function indexNotRestored({ target }: CollectionRecord, name: string, cause: string): NotRestored {
  const text = `${formatNamespace(target)}, index ${name}: ${cause}`;
  return { target, what: "index", name, text };
}

function namesOf({ changes }: IndexAlteration): string {
  const names = changes.flatMap((change) => [...change.keys()]);
  return [...new Set(names.map((name) => WORDS.get(name) ?? name))].join(" and ");
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["prepareUnique", "unique"],
  ["expireAfterSeconds", "one that expires documents"],
]);
