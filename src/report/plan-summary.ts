/** What all renderings of a plan share: verdict, counts, grouping. Texts are unescaped, each rendering escapes its way. */
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatCounted,
  formatRoughDuration,
} from "../base/format-quantity.ts";
import type { Cost } from "../model/costs.ts";
import type { Plan, PlanAction } from "../model/plan.ts";
import { groupChanges } from "./plan-changes.ts";

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

export function judgePlan(plan: Plan): PlanVerdict {
  const counts = countActions(plan.actions);
  const copied = counts.collectionsToCreate + counts.collectionsToReplace;
  const views = counts.viewsToCreate + counts.viewsToReplace;
  const replaced = counts.collectionsToReplace + counts.viewsToReplace;
  const refused = listRefused(plan);
  if (refused.length > 0) return { kind: "refused", text: `refused: ${refused.join(", ")}` };
  if (plan.actions.length === 0) return { kind: "nothing", text: "nothing to do" };
  const parts = [
    copied > 0 && `${formatCount(copied)} to copy`,
    views > 0 && formatCounted(views, "view"),
    copied + views === 0 && formatCounted(counts.indexes, "index", "indexes"),
    replaced > 0 && `${formatCount(replaced)} replaced`,
  ].filter((part) => part !== false);
  return { kind: replaced > 0 ? "destructive" : "additive", text: parts.join(", ") };
}

/** What is in the way, or cannot be made, in numbers. */
function listRefused(plan: Plan): string[] {
  const { refused } = groupChanges(plan);
  const indexes = plan.objects.reduce(
    (sum, object) => sum + object.indexes.filter(({ change }) => change === "refuse").length,
    0,
  );
  return [
    ...(refused.length > 0 ? [formatCounted(refused.length, "object")] : []),
    ...(indexes > 0 ? [formatCounted(indexes, "index", "indexes")] : []),
  ];
}

/** One countable line: `Plan: 3 collections to create, 1 to replace, 9 indexes, 2 views, ≈ 41 GiB, about 2 h`. */
export function summarizePlan(plan: Plan): string {
  const { refused, kept, unchanged } = groupChanges(plan);
  const left = [
    ...(kept.length > 0 ? [`${formatCount(kept.length)} kept`] : []),
    ...(refused.length > 0 ? [`${formatCount(refused.length)} refused`] : []),
  ];
  if (plan.actions.length === 0) {
    const before = `${formatCounted(unchanged.length, "object")} copied before`;
    return `Plan: ${["nothing to do", before, ...left].join(", ")}`;
  }
  const { estimate } = plan;
  const parts = [
    ...countCollections(countActions(plan.actions)),
    ...left,
    `≈ ${formatBytes(estimate.dataBytes)}`,
    `about ${formatRoughDuration(estimate.durationMs)}`.replace("about under", "under"),
    ...describeCost(plan.cost),
  ];
  return `Plan: ${parts.join(", ")}`;
}

/** `≈ 3.69 USD egress`, `0.50 USD per hour of following`. */
function describeCost(cost: Cost | null): string[] {
  if (cost === null) return [];
  const { egress, perHour, currency } = cost;
  return [
    ...(egress === null ? [] : [`≈ ${formatAmount(egress)} ${currency} egress`]),
    ...(perHour === null ? [] : [`${formatAmount(perHour)} ${currency} per hour of following`]),
  ];
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
