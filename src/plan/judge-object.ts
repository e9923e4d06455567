import { isKept, type SelectedObject } from "../model/select-objects.ts";

/** What becomes of an object: `do` creates, copies or replaces it. */
export type Verdict = "do" | "unchanged" | "kept" | "refused";

/** @param runDigest - Plan of the run in progress, whose own work counts as still to be done; null: none. */
export function judgeObject(object: SelectedObject, runDigest: string | null): Verdict {
  if (object.existing === null) return "do";
  if (object.owned !== null) {
    const isOfThisRun = object.owned.planDigest === runDigest;
    return object.owned.isComplete && !isOfThisRun ? "unchanged" : "do";
  }
  if (isKept(object)) return "kept";
  return object.onExisting === "replace" ? "do" : "refused";
}
