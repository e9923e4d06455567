import { createHash } from "node:crypto";
import { formatNamespace } from "../model/namespace.ts";
import { isCollectionAction, type PlanAction } from "../model/plan.ts";
import type { SelectedObject } from "../model/select-objects.ts";

/**
 * SHA-256 (hex) over the sorted actions, what is kept by name, and the normalized spec. Counts, sizes and UUIDs move by themselves and are left out:
 * an approval is for what is done, not for how much of it there is (gitops.md, "Plan digest").
 */
export function digestPlan(
  actions: readonly PlanAction[],
  normalizedSpec: string,
  kept: readonly SelectedObject[] = [],
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ format: 1, spec: normalizedSpec }));
  for (const action of actions) hash.update(`\n${JSON.stringify(actionKey(action))}`);
  for (const object of kept) hash.update(`\n${JSON.stringify(keptKey(object))}`);
  return hash.digest("hex");
}

function actionKey(action: PlanAction): readonly string[] {
  const names = [action.kind, formatNamespace(action.source), formatNamespace(action.target)];
  if (action.kind === "create-index") return [...names, action.index, action.spec.json];
  const filter = isCollectionAction(action) ? action.filter : null;
  return [...names, action.options.json, ...(filter === null ? [] : [filter])];
}

/** Leaving what stands there is approved as much as replacing it. */
function keptKey({ source, target }: SelectedObject): readonly string[] {
  return ["keep", formatNamespace(source.namespace), formatNamespace(target)];
}
