import { refuseDefinition } from "../model/refuse-definition.ts";
import { isKept, isReplaceable, type SelectedObject } from "../model/select-objects.ts";

/** What becomes of an object: `do` creates, copies or replaces it. */
export type Verdict = "do" | "unchanged" | "kept" | "refused";

/** @param runDigest - Plan of the run in progress, whose own work counts as still to be done; null: none. */
export function judgeObject(object: SelectedObject, runDigest: string | null): Verdict {
  if (isKept(object)) return "kept";
  if (isImpossible(object)) return "refused";
  const { existing, owned } = object;
  if (existing === null) return "do";
  if (owned !== null) {
    const isOfThisRun = owned.planDigest === runDigest;
    return owned.isComplete && !isOfThisRun ? "unchanged" : "do";
  }
  return isReplaceable(object) ? "do" : "refused";
}

/** What cannot be copied exactly, and a view that would not find what it reads from. */
function isImpossible({ source, references }: SelectedObject): boolean {
  return refuseDefinition(source) !== null || references.some(({ problem }) => problem !== null);
}
