/** Which of a plan's changes are shown together. Pure, one pass each. */
import type { IndexChange, ObjectChange, ObjectChangeKind, Plan } from "../model/plan.ts";

export interface GroupedChanges {
  /** Created, copied, replaced, or given an index. */
  readonly made: readonly ObjectChange[];
  readonly unchanged: readonly ObjectChange[];
  readonly kept: readonly ObjectChange[];
  readonly refused: readonly ObjectChange[];
  readonly skipped: readonly ObjectChange[];
  /** Those of `made` that destroy what stands, or stood, at the destination. */
  readonly destroying: readonly ObjectChange[];
}

export function groupChanges({ objects }: Pick<Plan, "objects">): GroupedChanges {
  const made = objects.filter(isMade);
  const left = (kind: ObjectChangeKind): readonly ObjectChange[] =>
    objects.filter((object) => object.change === kind && !isMade(object));
  return {
    made,
    unchanged: left("unchanged"),
    kept: left("keep"),
    refused: left("refuse"),
    skipped: left("skip"),
    destroying: made.filter(({ change }) => change === "replace"),
  };
}

/** Indexes of which a reader learns something: for what is left in place, only where the sides differ. */
export function notableIndexes({
  change,
  indexes,
}: Pick<ObjectChange, "change" | "indexes">): readonly IndexChange[] {
  if (change === "keep") return indexes;
  return indexes.filter((index) => !isEqualThere(index));
}

function isEqualThere({ change, differences }: IndexChange): boolean {
  return (change === "unchanged" || change === "keep") && differences.length === 0;
}

function isMade({ change, indexes }: ObjectChange): boolean {
  if (change === "create" || change === "copy" || change === "replace") return true;
  return indexes.some(
    ({ change: made }) => made === "create" || made === "replace" || made === "refuse",
  );
}
