import type { SpecProblem } from "../model/problem.ts";
import { didYouMean } from "./nearest.ts";
import { problemAtKey, problemAtValue, type SpecDocument } from "./spec-document.ts";
import { valueAt } from "./spec-path.ts";
import { API_VERSION, DOCUMENT_KINDS, type DocumentKind } from "./spec-schema.ts";
import { showValue } from "./wrong-type.ts";

export interface KindResult {
  /** Null where the document can't be checked any further. */
  readonly kind: DocumentKind | null;
  readonly problems: readonly SpecProblem[];
}

/** Reads what a document is, from `apiVersion` and `kind`, before its schema can be chosen. */
export function readDocumentKind(document: SpecDocument): KindResult {
  const { value } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const problem = problemAtValue(document, [], {
      code: "wrong-type",
      message: `${showValue([], value)} stands where a mapping is expected.`,
      remedy: "Begin the document with apiVersion, kind, metadata and spec.",
    });
    return { kind: null, problems: [problem] };
  }
  const kind = DOCUMENT_KINDS.find((known) => known === valueAt(value, ["kind"])) ?? null;
  const hasVersion = valueAt(value, ["apiVersion"]) === API_VERSION;
  // Where the kind is known, the schema reports what is missing; a wrong version is reported here only.
  const problems = [
    ...(kind === null ? [checkWord(document, "kind", "unknown-kind", DOCUMENT_KINDS)] : []),
    ...(hasVersion || (kind !== null && valueAt(value, ["apiVersion"]) === undefined)
      ? []
      : [checkWord(document, "apiVersion", "unknown-api-version", [API_VERSION])]),
  ];
  return { kind, problems };
}

function checkWord(
  document: SpecDocument,
  key: string,
  code: string,
  allowed: readonly string[],
): SpecProblem {
  const value = valueAt(document.value, [key]);
  const known = `${allowed.length === 1 ? "Write" : "Known:"} ${allowed.join(", ")}.`;
  if (value === undefined) {
    return problemAtKey(document, [], {
      code: "missing-key",
      message: `The key "${key}" is missing.`,
      remedy: `Add "${key}". ${known}`,
    });
  }
  const hint = typeof value === "string" ? didYouMean(value, allowed) : "";
  return problemAtValue(document, [key], {
    code,
    message: `${showValue([key], value)} is no ${key} of mongoferry.`,
    remedy: `${hint}${known}`,
  });
}
