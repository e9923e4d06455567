import { groupBy } from "../base/group-by.ts";
import { formatNamespace } from "../model/namespace.ts";
import { isCollectionAction, type Plan } from "../model/plan.ts";
import type { CollectionRecord, CopiedAmount } from "../ports.ts";
import { canGoOn } from "./prepare-target.ts";

/**
 * What earlier attempts have copied and this one does not copy again: amounts of targets that are gone on with. Others,
 * such as an unfinished capped collection, begin at nothing.
 */
export function amountsKept(
  plan: Plan,
  amounts: readonly CopiedAmount[],
  records: readonly CollectionRecord[],
  runSeq: number,
): readonly CopiedAmount[] {
  const byTarget = groupBy(records, ({ target }) => formatNamespace(target));
  const kept = plan.actions.filter(isCollectionAction).filter((action) => {
    const record = byTarget.get(formatNamespace(action.target))?.[0];
    return record !== undefined && canGoOn(record, action, action.existingUuid, runSeq);
  });
  const names = new Set(kept.map(({ target }) => formatNamespace(target)));
  return amounts.filter(({ target }) => names.has(formatNamespace(target)));
}
