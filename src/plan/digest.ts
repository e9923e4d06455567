import { createHash } from "node:crypto";
import { formatNamespace } from "../model/namespace.ts";
import { isCollectionAction, type PlanAction } from "../model/plan.ts";

/**
 * SHA-256 (hex) over the sorted actions and the normalized spec. Counts, sizes and UUIDs move by themselves and are left out:
 * an approval is for what is done, not for how much of it there is (gitops.md, "Plan digest").
 */
export function digestPlan(actions: readonly PlanAction[], normalizedSpec: string): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ format: 1, spec: normalizedSpec }));
  for (const action of actions) hash.update(`\n${JSON.stringify(actionKey(action))}`);
  return hash.digest("hex");
}

function actionKey(action: PlanAction): readonly string[] {
  const names = [action.kind, formatNamespace(action.source), formatNamespace(action.target)];
  if (action.kind === "create-index") return [...names, action.index, action.spec.json];
  const filter = isCollectionAction(action) ? action.filter : null;
  return [...names, action.options.json, ...(filter === null ? [] : [filter])];
}
