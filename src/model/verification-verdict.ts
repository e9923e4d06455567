/** What results come to. */
import { formatCounted } from "../base/format-quantity.ts";
import type { Migration } from "./migration.ts";
import { formatNamespace } from "./namespace.ts";
import type { Condition, VerificationResult } from "./run.ts";

/** Type of the condition that tells how the last comparison ended. */
export const VERIFIED = "Verified";

/** `undecided`: nothing is known to differ, but some documents changed whenever they were looked at. */
export type VerificationVerdict = "equal" | "different" | "undecided";

export function verdictOf(results: readonly VerificationResult[]): VerificationVerdict {
  const unequal = results.filter(({ isEqual }) => !isEqual);
  if (unequal.length === 0) return "equal";
  return unequal.every(isOnlyUndecided) ? "undecided" : "different";
}

/** Whether what keeps it from being equal are documents that changed at every look. */
function isOnlyUndecided(result: VerificationResult): boolean {
  const { undecidedDocuments, differingDocuments, missingDocuments, extraDocuments } = result;
  const differing = (differingDocuments ?? 0) + (missingDocuments ?? 0) + (extraDocuments ?? 0);
  const definitions = result.optionDifferences.length + result.indexDifferences.length;
  return (undecidedDocuments ?? 0) > 0 && differing + definitions === 0;
}

const MOST_NAMES = 5;

/**
 * In words that may be committed: names, no keys.
 *
 * @param mode - As people say it: `full`, `sample`.
 */
export function verifiedCondition(results: readonly VerificationResult[], mode: string): Condition {
  const verdict = verdictOf(results);
  const unequal = results.filter(({ isEqual }) => !isEqual);
  const names = unequal.slice(0, MOST_NAMES).map(({ target }) => formatNamespace(target));
  const listed = `${names.join(", ")}${unequal.length > MOST_NAMES ? ", …" : ""}`;
  switch (verdict) {
    case "equal": {
      const message = `${formatCounted(results.length, "object")} compared (${mode}), all equal`;
      return { type: VERIFIED, status: "true", message };
    }
    case "different": {
      const message = `${unequal.length} of ${results.length} objects differ: ${listed}`;
      return { type: VERIFIED, status: "false", message };
    }
    case "undecided": {
      const message = `${formatCounted(results.length, "object")} compared (${mode}); documents that change all the time could not be decided in ${listed}`;
      return { type: VERIFIED, status: "unknown", message };
    }
  }
}

export function unverified(message: string): Condition {
  return { type: VERIFIED, status: "unknown", message };
}

/** How the last comparison ended, as far as the spec still asks for any; null: nothing is known. */
export function lastComparison(
  { verification }: Pick<Migration, "verification">,
  conditions: readonly Condition[],
): Condition | null {
  if (verification.mode === "off") return null;
  return conditions.find(({ type }) => type === VERIFIED) ?? null;
}
