import { formatNamespace } from "../model/namespace.ts";
import type { ViewAction } from "../model/plan.ts";
import type { CollectionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";

/** Creates views one after another, after all collections. A view may name others that do not exist yet. */
export async function createViews(
  actions: readonly ViewAction[],
  records: ReadonlyMap<string, CollectionRecord>,
  tools: CopyTools,
): Promise<void> {
  for (const action of actions) {
    tools.stop.throwIfAborted();
    const record = records.get(formatNamespace(action.target)) ?? null;
    if (record?.state !== "done") await createView(action, record, tools);
  }
}

async function createView(
  action: ViewAction,
  previous: CollectionRecord | null,
  { destination, store, lease, retry }: CopyTools,
): Promise<void> {
  const record: CollectionRecord = {
    target: action.target,
    source: action.source,
    sourceUuid: null,
    targetUuid: null,
    replaced: action.kind === "replace-view" ? { documentCount: 0, dataBytes: 0 } : null,
    isComplete: false,
    state: "copying",
    partitionCount: 0,
  };
  await retry(async () => store.putCollectionRecord(lease, record));
  // A record that is not done may have left its view behind.
  if (action.kind === "replace-view" || previous !== null) {
    await retry(async () => destination.dropNamespace(action.target, null));
  }
  await retry(async () => destination.createView(action.target, action.options));
  await retry(async () => store.putCollectionRecord(lease, { ...record, state: "done" }));
}
