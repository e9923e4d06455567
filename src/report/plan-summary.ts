/** What all renderings of a plan share: verdict, counts, grouping. Texts are unescaped, each rendering escapes its way. */
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatRoughDuration,
} from "../base/format-quantity.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { CollectionAction, IndexAction, Plan, PlanAction, ViewAction } from "../model/plan.ts";

/** Everything that is done to one namespace of the destination. */
export interface TargetChange {
  readonly source: Namespace;
  readonly target: Namespace;
  /** Null where only indexes are added. */
  readonly object: CollectionAction | ViewAction | null;
  readonly indexes: readonly IndexAction[];
}

export interface PlanCounts {
  readonly collectionsToCreate: number;
  readonly collectionsToReplace: number;
  readonly indexes: number;
  readonly viewsToCreate: number;
  readonly viewsToReplace: number;
}

export interface PlanVerdict {
  /** `refused`: will not run; `destructive`: overwrites something; `additive`: only adds; `nothing`: no actions. */
  readonly kind: "refused" | "destructive" | "additive" | "nothing";
  /** For the heading: `4 to copy, 1 replaced`. */
  readonly text: string;
}

/** In the order of the plan; one pass, however many objects there are. */
export function groupByTarget(actions: readonly PlanAction[]): readonly TargetChange[] {
  const groups = new Map<string, Mutable<TargetChange>>();
  for (const action of actions) {
    const key = formatNamespace(action.target);
    const { source, target } = action;
    const group = groups.get(key) ?? { source, target, object: null, indexes: [] };
    groups.set(key, group);
    if (action.kind === "create-index") group.indexes.push(action);
    else group.object = action;
  }
  return [...groups.values()];
}

export function countActions(actions: readonly PlanAction[]): PlanCounts {
  const count = (kind: PlanAction["kind"]): number =>
    actions.reduce((sum, action) => sum + (action.kind === kind ? 1 : 0), 0);
  return {
    collectionsToCreate: count("create-collection"),
    collectionsToReplace: count("replace-collection"),
    indexes: count("create-index"),
    viewsToCreate: count("create-view"),
    viewsToReplace: count("replace-view"),
  };
}

/** Collections and views of the destination that are overwritten, in the order of the plan. */
export function listDestroyed(
  actions: readonly PlanAction[],
): readonly (CollectionAction | ViewAction)[] {
  return actions.filter(isDestructive);
}

export function isViewAction(action: PlanAction): action is ViewAction {
  return action.kind === "create-view" || action.kind === "replace-view";
}

function isDestructive(action: PlanAction): action is CollectionAction | ViewAction {
  return action.kind === "replace-collection" || action.kind === "replace-view";
}

export function judgePlan(plan: Plan): PlanVerdict {
  const counts = countActions(plan.actions);
  const copied = counts.collectionsToCreate + counts.collectionsToReplace;
  const views = counts.viewsToCreate + counts.viewsToReplace;
  const replaced = counts.collectionsToReplace + counts.viewsToReplace;
  if (plan.refused.length > 0) {
    const objects = formatCounted(plan.refused.length, "object");
    return { kind: "refused", text: `refused, ${objects} in the way at the destination` };
  }
  if (plan.actions.length === 0) return { kind: "nothing", text: "nothing to do" };
  const parts = [
    copied > 0 && `${formatCount(copied)} to copy`,
    views > 0 && formatCounted(views, "view"),
    copied + views === 0 && formatCounted(counts.indexes, "index", "indexes"),
    replaced > 0 && `${formatCount(replaced)} replaced`,
  ].filter((part) => part !== false);
  return { kind: replaced > 0 ? "destructive" : "additive", text: parts.join(", ") };
}

/** One countable line: `Plan: 3 collections to create, 1 to replace, 9 indexes, 2 views, ≈ 41 GiB, about 2 h`. */
export function summarizePlan(plan: Plan): string {
  const refused = plan.refused.length > 0 ? [`${formatCount(plan.refused.length)} refused`] : [];
  if (plan.actions.length === 0) {
    const unchanged = `${formatCounted(plan.unchanged.length, "object")} copied before`;
    return `Plan: ${["nothing to do", unchanged, ...refused].join(", ")}`;
  }
  const { estimate } = plan;
  const parts = [
    ...countCollections(countActions(plan.actions)),
    ...refused,
    `≈ ${formatBytes(estimate.dataBytes)}`,
    `about ${formatRoughDuration(estimate.durationMs)}`.replace("about under", "under"),
  ];
  return `Plan: ${parts.join(", ")}`;
}

/** First eight digits, enough to recognize a plan by. */
export function shortenDigest(digest: string): string {
  return digest.slice(0, 8);
}

function countCollections(counts: PlanCounts): string[] {
  const views = counts.viewsToCreate + counts.viewsToReplace;
  const parts = [`${formatCounted(counts.collectionsToCreate, "collection")} to create`];
  if (counts.collectionsToReplace > 0)
    parts.push(`${formatCount(counts.collectionsToReplace)} to replace`);
  parts.push(formatCounted(counts.indexes, "index", "indexes"));
  if (views > 0) parts.push(formatCounted(views, "view"));
  if (counts.viewsToReplace > 0)
    parts.push(`${formatCount(counts.viewsToReplace)} of them to replace`);
  return parts;
}

type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K];
};
