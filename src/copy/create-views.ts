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

async function createView(action: ViewAction, planDigest: string, tools: CopyTools): Promise<void> {
  const { destination, store, lease, retry, runSeq } = tools;
  const record: CollectionRecord = {
    target: action.target,
    source: action.source,
    sourceUuid: null,
    targetUuid: null,
    replaced: action.kind === "replace-view" ? { documentCount: 0, dataBytes: 0 } : null,
    filter: null,
    isComplete: false,
    planDigest,
    runSeq,
    state: "copying",
    partitionCount: 0,
  };
  await retry(async () => store.putCollectionRecord(lease, record));
  if (!action.isInPlace) {
    if (action.kind === "replace-view") {
      await retry(async () => destination.dropNamespace(action.target, null));
    }
    await createOnce(action, tools);
  }
  await retry(async () => store.putCollectionRecord(lease, { ...record, state: "done" }));
}

/** An answer may be lost after the view was created: at a later try, one that is there is ours. */
async function createOnce(
  { target, options }: ViewAction,
  { destination, retry }: CopyTools,
): Promise<void> {
  let isFirstTry = true;
  await retry(async () => {
    const isThere = !isFirstTry && (await destination.isView(target));
    isFirstTry = false;
    if (!isThere) await destination.createView(target, options);
  });
}
