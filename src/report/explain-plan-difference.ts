import { formatCount } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import type { PlanActionJson } from "./plan-json.ts";

const MAX_LINES = 20;
const MAX_VALUE_LENGTH = 120;

/**
 * Says in lines for people what changed between the plan that was approved and the plan as it is now (exit code 3).
 * Only what the digest covers counts: document counts, sizes and UUIDs move by themselves. Lines are safe text.
 *
 * @param maxLines more changes than that are counted in a last line
 */
export function explainPlanDifference(
  approved: readonly PlanActionJson[],
  current: readonly PlanActionJson[],
  maxLines = MAX_LINES,
): readonly string[] {
  const before = indexByObject(approved);
  const after = indexByObject(current);
  const lines = [
    ...current.filter((action) => !before.has(objectKey(action))).map(describeAdded),
    ...approved.filter((action) => !after.has(objectKey(action))).map(describeRemoved),
    ...current.flatMap((action) => describeChanges(before.get(objectKey(action)), action)),
  ];
  if (lines.length === 0) {
    return ["The objects are the same; the migration's spec or a connection it names has changed"];
  }
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines), `… and ${formatCount(lines.length - maxLines)} more`];
}

/** The same object in both plans has the same key, also when it is now replaced instead of created. */
function objectKey(action: PlanActionJson): string {
  const index = action.kind === "create-index" ? action.index : null;
  return JSON.stringify([objectWord(action), action.target, index]);
}

function indexByObject(actions: readonly PlanActionJson[]): ReadonlyMap<string, PlanActionJson> {
  return new Map(actions.map((action) => [objectKey(action), action]));
}

function objectWord(action: PlanActionJson): "collection" | "index" | "view" {
  if (action.kind === "create-index") return "index";
  return action.kind.endsWith("view") ? "view" : "collection";
}

function describeObject(action: PlanActionJson): string {
  if (action.kind === "create-index") {
    return safeText(`index ${action.index} of ${action.target}`);
  }
  return safeText(`${objectWord(action)} ${action.target}`);
}

function describeAdded(action: PlanActionJson): string {
  const isReplacing = action.kind.startsWith("replace");
  const what = isReplacing ? "is new, and overwrites what is at the destination" : "is new";
  return `+ ${describeObject(action)} ${what}`;
}

function describeRemoved(action: PlanActionJson): string {
  return `- ${describeObject(action)} is not planned any more (gone from the source, or no longer selected)`;
}

function describeChanges(before: PlanActionJson | undefined, after: PlanActionJson): string[] {
  if (before === undefined) return [];
  const changes = [
    ...describeKindChange(before, after),
    ...(before.source === after.source
      ? []
      : [safeText(`comes from ${after.source}, not from ${before.source}`)]),
    ...describeFilterChange(filterOf(before), filterOf(after)),
    ...describeDocumentChanges(definition(before), definition(after)),
  ];
  return changes.map((change) => `~ ${describeObject(after)}: ${change}`);
}

function describeKindChange(before: PlanActionJson, after: PlanActionJson): string[] {
  if (before.kind === after.kind) return [];
  return after.kind.startsWith("replace")
    ? ["overwrites what is at the destination now; it was to be created"]
    : ["is created; it was to overwrite what was at the destination"];
}

function describeFilterChange(before: string | null, after: string | null): string[] {
  if (before === after) return [];
  return [`the filter is ${shorten(after ?? undefined)}, was ${shorten(before ?? undefined)}`];
}

/** Plans of versions without filters have none. */
function filterOf(action: PlanActionJson): string | null {
  return "filter" in action ? (action.filter ?? null) : null;
}

function definition(action: PlanActionJson): string {
  return action.kind === "create-index" ? action.spec : action.options;
}

/** Field by field. Parsing may reorder fields, so a difference of order alone is told from the texts. */
function describeDocumentChanges(before: string, after: string): string[] {
  if (before === after) return [];
  const was = parseFields(before);
  const is = parseFields(after);
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const changes = names
    .filter((name) => was.get(name) !== is.get(name))
    .map((name) => `${safeText(name)} is ${shorten(is.get(name))}, was ${shorten(was.get(name))}`);
  return changes.length > 0 ? changes : ["the order of fields differs"];
}

function parseFields(json: string): ReadonlyMap<string, string> {
  try {
    const entries = Object.entries(JSON.parse(json) as Record<string, unknown>);
    return new Map(entries.map(([name, value]) => [name, JSON.stringify(value)]));
  } catch {
    return new Map([["definition", json]]);
  }
}

function shorten(value: string | undefined): string {
  if (value === undefined) return "not set";
  const text = safeText(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
