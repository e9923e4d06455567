/**
 * Builds a collection's indexes behind its documents: all in one pass over them, and one by one where the server refuses that
 * pass, so that the good ones exist. An index that cannot be built is recorded and reported, and does not end the run. Nothing is
 * built but on the collection that was copied (I8).
 */
import type { FailedIndex } from "../model/facts.ts";
import type { IndexAction } from "../model/plan.ts";
import type { IndexFailure } from "../model/run.ts";
import type { CollectionRecord, IndexRefusal } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";
import type { ProgressBoard } from "./progress-board.ts";
import { watchIndexBuild } from "./watch-index-build.ts";

interface BuildTools extends Pick<CopyTools, "store" | "lease" | "destination" | "retry" | "stop"> {
  readonly board: Pick<ProgressBoard, "setIndexShare">;
}

/**
 * @param record - Of the collection that all these indexes are for.
 * @returns What could not be built. An interrupted build is joined when it is asked for again.
 * @throws OperationError where the collection is not there any more.
 */
export async function buildIndexes(
  record: CollectionRecord,
  indexes: readonly IndexAction[],
  { destination, retry, stop, board }: BuildTools,
): Promise<readonly IndexFailure[]> {
  const build = async (actions: readonly IndexAction[]): Promise<IndexRefusal | null> => {
    stop.throwIfAborted();
    if (actions.length === 0) return null;
    const specs = actions.map(({ spec }) => spec);
    const { target, targetUuid } = record;
    const watch = {
      read: async (signal: AbortSignal) => destination.readIndexShare(target, signal),
      show: (share: number | null) => board.setIndexShare(target, share),
    };
    return retry(async () =>
      watchIndexBuild(
        async () => destination.createIndexes(target, targetUuid, specs, stop),
        watch,
      ),
    );
  };
  if ((await build(indexes)) === null) return [];
  const failures: IndexFailure[] = [];
  for (const action of indexes) {
    const refusal = await build([action]);
    if (refusal !== null) failures.push(await explain(action, refusal, destination));
  }
  return failures;
}

async function explain(
  { target, index, spec }: IndexAction,
  { cause, detail, isDuplicate, duplicate }: IndexRefusal,
  destination: BuildTools["destination"],
): Promise<IndexFailure> {
  const found = isDuplicate ? await destination.findDuplicates(target, spec) : [];
  const met = found.length === 0 && duplicate !== null ? [duplicate] : [];
  return { target, index, cause, detail, examples: [...met, ...found] };
}

/** What is stored of failures: nothing that quotes a document. */
export function toFailedIndexes(
  failures: readonly IndexFailure[],
  planDigest: string,
): readonly FailedIndex[] {
  return failures.map(({ index, cause }) => ({
    name: index,
    cause,
    triedUnder: planDigest,
    isBuilt: false,
  }));
}

/**
 * Builds what an earlier run could not, of a collection that is complete otherwise. That they are tried is recorded first:
 * what this plan has built counts as its own work when it is looked at again.
 */
export async function repairIndexes(
  record: CollectionRecord,
  indexes: readonly IndexAction[],
  planDigest: string,
  tools: BuildTools,
): Promise<readonly IndexFailure[]> {
  const { store, lease, retry } = tools;
  const tried = new Set(indexes.map(({ index }) => index));
  const known = [...new Set([...record.indexes, ...tried])];
  const storeAs = async (causes: ReadonlyMap<string, string>, isTried: boolean): Promise<void> => {
    const failedIndexes = record.failedIndexes.map((failed) => {
      if (!tried.has(failed.name)) return failed;
      const cause = causes.get(failed.name) ?? failed.cause;
      const isBuilt = isTried && !causes.has(failed.name);
      return { name: failed.name, cause, triedUnder: planDigest, isBuilt };
    });
    const own = known.filter((name) => !causes.has(name) || record.indexes.includes(name));
    const stored = { ...record, failedIndexes, indexes: own };
    await retry(async () => store.putCollectionRecord(lease, stored));
  };
  await storeAs(new Map(), false);
  const failures = await buildIndexes(record, indexes, tools);
  await storeAs(new Map(failures.map(({ index, cause }) => [index, cause])), true);
  return failures;
}
