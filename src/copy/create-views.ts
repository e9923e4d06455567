import type { Plan, ViewAction } from "../model/plan.ts";
import type { CollectionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";

/** Creates views one after another, after all collections. A view may name others that do not exist yet. */
export async function createViews(plan: Plan, tools: CopyTools): Promise<void> {
  for (const action of plan.actions) {
    if (action.kind !== "create-view" && action.kind !== "replace-view") continue;
    tools.stop.throwIfAborted();
    await createView(action, plan.digest, tools);
  }
}

async function createView(
  action: ViewAction,
  planDigest: string,
  { destination, store, lease, retry }: CopyTools,
): Promise<void> {
  const record: CollectionRecord = {
    target: action.target,
    source: action.source,
    sourceUuid: null,
    targetUuid: null,
    replaced: action.kind === "replace-view" ? { documentCount: 0, dataBytes: 0 } : null,
    isComplete: false,
    planDigest,
    state: "copying",
    partitionCount: 0,
  };
  await retry(async () => store.putCollectionRecord(lease, record));
  if (!action.isInPlace) {
    if (action.kind === "replace-view") {
      await retry(async () => destination.dropNamespace(action.target, null));
    }
    await retry(async () => destination.createView(action.target, action.options));
  }
  await retry(async () => store.putCollectionRecord(lease, { ...record, state: "done" }));
}
