/** How far a run has copied, from what is stored: also what another process does. */
import { formatNamespace, type Namespace, parseNamespace } from "../model/namespace.ts";
import type { CollectionProgress } from "../model/run.ts";
import type { MigrationStore } from "../ports.ts";
import { readPlanActions } from "../report/plan-json.ts";

/** Collections and totals from the plan, amounts from the partitions, states from the collections' records. */
export async function readProgress(
  migration: string,
  planDigest: string | null,
  store: MigrationStore,
): Promise<readonly CollectionProgress[]> {
  const text = planDigest === null ? null : await store.loadArtifact(migration, "plan", planDigest);
  const planned = (text === null ? null : readPlanActions(text)) ?? [];
  const records = byTarget(await store.listCollectionRecords(migration));
  const amounts = byTarget(await store.sumProgress(migration));
  return planned.flatMap((action) => {
    if (action.kind !== "create-collection" && action.kind !== "replace-collection") return [];
    const source = parseNamespace(action.source);
    const target = parseNamespace(action.target);
    if (source === null || target === null) return [];
    const { documentCount, dataBytes } = action;
    const { copiedDocuments = 0, copiedBytes = 0 } = amounts.get(action.target) ?? {};
    const record = records.get(action.target);
    const state = record?.planDigest === planDigest ? record.state : "pending";
    const totals = { documentCount, dataBytes, copiedDocuments, copiedBytes };
    return [{ source, target, state, ...totals, indexShare: null }];
  });
}

function byTarget<T extends { readonly target: Namespace }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [formatNamespace(item.target), item]));
}
