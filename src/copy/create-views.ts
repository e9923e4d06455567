import { groupBy } from "../base/group-by.ts";
import { digestOptions } from "../model/compare-definitions.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { Plan, ViewAction } from "../model/plan.ts";
import { readViewNames } from "../model/rewrite-view.ts";
import type { CollectionRecord } from "../ports.ts";
import type { CopyTools } from "./copy-collections.ts";

/**
 * Creates views after all collections: those that others read from first, since a server compares a view's collation with
 * that of the views below it. What is replaced goes first, all of it: an old definition may form a circle with a new one.
 */
export async function createViews(plan: Plan, tools: CopyTools): Promise<void> {
  const views = orderViews(plan.actions.filter(isViewAction));
  for (const action of views) {
    tools.stop.throwIfAborted();
    await dropOld(action, plan.digest, tools);
  }
  for (const action of views) {
    tools.stop.throwIfAborted();
    await createView(action, plan.digest, tools);
  }
}

function isViewAction(action: Plan["actions"][number]): action is ViewAction {
  return action.kind === "create-view" || action.kind === "replace-view";
}

/** Every view after those that it reads from, else in the given order. Servers know no circles of views. */
export function orderViews(views: readonly ViewAction[]): readonly ViewAction[] {
  const byTarget = groupBy(views, ({ target }) => formatNamespace(target));
  const ordered = new Set<ViewAction>();
  const visited = new Set<ViewAction>();
  const visit = (view: ViewAction): void => {
    if (visited.has(view)) return;
    visited.add(view);
    for (const coll of readViewNames(view.options).known) {
      const below = byTarget.get(formatNamespace({ db: view.target.db, coll })) ?? [];
      for (const each of below) visit(each);
    }
    ordered.add(view);
  };
  for (const view of views) visit(view);
  return [...ordered];
}

/** The record comes first: whatever happens in between, the next run knows what it was about to do. */
async function dropOld(action: ViewAction, planDigest: string, tools: CopyTools): Promise<void> {
  const { destination, store, lease, retry } = tools;
  const record = recordOf(action, planDigest, tools);
  await retry(async () => store.putCollectionRecord(lease, record));
  if (action.isInPlace || action.kind !== "replace-view") return;
  await retry(async () => destination.dropNamespace(action.target, null, lease.signal));
}

async function createView(action: ViewAction, planDigest: string, tools: CopyTools): Promise<void> {
  const { store, lease, retry } = tools;
  if (!action.isInPlace) await createOnce(action, tools);
  const record = recordOf(action, planDigest, tools);
  await retry(async () => store.putCollectionRecord(lease, { ...record, state: "done" }));
}

function recordOf(
  action: ViewAction,
  planDigest: string,
  { runSeq }: Pick<CopyTools, "runSeq">,
): CollectionRecord {
  return {
    target: action.target,
    source: action.source,
    sourceUuid: null,
    targetUuid: null,
    replaced: action.kind === "replace-view" ? { documentCount: 0, dataBytes: 0 } : null,
    filter: null,
    isComplete: false,
    failedIndexes: [],
    indexes: [],
    viewDigest: digestOptions(action.options),
    planDigest,
    runSeq,
    state: "copying",
    partitionCount: 0,
  };
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
