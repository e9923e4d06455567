/** What a cutover could not make as it is at the source, and what of a comparison that explains. */
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { VerificationResult } from "../model/run.ts";

export interface NotRestored {
  readonly target: Namespace;
  readonly what: "option" | "index";
  readonly name: string;
  /** For people: it holds nothing of any document. */
  readonly text: string;
}

/** Whether two collections differ in nothing but what could not be made equal. */
export function isExplained(
  result: VerificationResult,
  notRestored: readonly NotRestored[],
): boolean {
  const target = formatNamespace(result.target);
  const known = notRestored.filter((each) => formatNamespace(each.target) === target);
  const differences = [...result.optionDifferences, ...result.indexDifferences];
  return (
    hasEqualDocuments(result) &&
    differences.length > 0 &&
    differences.every((text) => known.some((each) => isAbout(text, each)))
  );
}

/** Differences begin as `compareDefinitions` words them. */
function isAbout(difference: string, { what, name }: NotRestored): boolean {
  return [`${what} ${name}: `, `${what} ${name} is missing: `].some((beginning) =>
    difference.startsWith(beginning),
  );
}

function hasEqualDocuments(result: VerificationResult): boolean {
  const { differingDocuments, missingDocuments, extraDocuments, undecidedDocuments } = result;
  const counts = [differingDocuments, missingDocuments, extraDocuments, undecidedDocuments];
  const isSame = counts.every((count) => count === null || count === 0);
  return isSame && result.sourceDocuments === result.targetDocuments;
}
