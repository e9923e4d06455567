import { isKept, type SelectedObject } from "../model/select-objects.ts";

/** What becomes of an object: `do` creates, copies or replaces it. */
export type Verdict = "do" | "unchanged" | "kept" | "refused";

/** @param runDigest - Plan of the run in progress, whose own work counts as still to be done; null: none. */
export function judgeObject(object: SelectedObject, runDigest: string | null): Verdict {
  if (isKept(object)) return "kept";
  // A view that would not find what it reads from.
  if (object.references.some(({ problem }) => problem !== null)) return "refused";
  const { existing, owned } = object;
  if (existing === null) return "do";
  if (owned !== null) {
    const isOfThisRun = owned.planDigest === runDigest;
    return owned.isComplete && !isOfThisRun ? "unchanged" : "do";
  }
  // A collection never goes for a view, nor the other way round.
  const isReplaceable = object.onExisting === "replace" && existing.kind === object.source.kind;
  return isReplaceable ? "do" : "refused";
}
