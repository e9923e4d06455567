import { buildIndexes, toFailedIndexes } from "../copy/build-indexes.ts";
import type { FailedIndex, IndexFacts } from "../model/facts.ts";
import type { CollectionRecord } from "../ports.ts";
import type { Situation } from "../situation.ts";
import { retrying } from "./retrying.ts";
import type { WorkTools } from "./work.ts";

/** Builds indexes of one collection as they are at its source. */
export async function buildFinalIndexes(
  record: CollectionRecord,
  indexes: readonly IndexFacts[],
  { store, lease, plan }: Situation,
  { ends, stop, logger }: WorkTools,
): Promise<readonly FailedIndex[]> {
  const destination = await ends.connectDestination();
  const { source, target } = record;
  const actions = indexes.map(({ name, spec }) => ({
    kind: "create-index" as const,
    source,
    target,
    index: name,
    spec,
  }));
  const board = { setIndexShare: () => {} };
  const retry = retrying(stop, logger);
  const failures = await buildIndexes(record, actions, {
    store,
    lease,
    destination,
    retry,
    stop,
    board,
  });
  return toFailedIndexes(failures, plan.digest);
}
