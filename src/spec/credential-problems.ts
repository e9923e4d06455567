import type { SpecProblem } from "../model/problem.ts";
import { findCredential, findCredentialsInSource } from "./credential-patterns.ts";
import {
  problemAtValue,
  type PositionNode,
  type SpecDocument,
  type SpecSource,
} from "./spec-document.ts";
import type { SpecPath } from "./spec-path.ts";

const CODE = "credentials-in-spec";
const REMEDY =
  "Remove it, put it into an environment variable and give that variable's name; change it if it was ever pushed.";

/** A secret that a file holds, and the part of the text that it was found in. */
export interface CredentialFinding {
  readonly problem: SpecProblem;
  readonly start: number;
  readonly end: number;
}

/** Looks through all values and keys of a document (I9). What is found is described, never shown. */
export function findDocumentCredentials(document: SpecDocument): CredentialFinding[] {
  const findings: CredentialFinding[] = [];
  const visit = (value: unknown, node: PositionNode, path: SpecPath): void => {
    const what = describeSecret(value, path);
    if (what !== null) {
      const text = { code: CODE, message: `The spec holds ${what}.`, remedy: adviseOn(path) };
      const problem = problemAtValue(document, path, text);
      findings.push({ problem, start: node.start, end: node.end });
    }
    for (const [key, child] of node.children) {
      visit((value as Record<string | number, unknown>)[key], child, [...path, key]);
    }
  };
  visit(document.value, document.positions, []);
  return findings;
}

/** Looks through a file's text, for what stands in comments, in keys, or in text that is no valid YAML. */
export function findSourceCredentials(
  source: SpecSource,
  positionOf: SpecDocument["positionOf"],
  known: readonly CredentialFinding[],
): SpecProblem[] {
  // Both are in the order of the text, unless an alias leads back; then a secret may be named twice.
  let at = 0;
  return findCredentialsInSource(source.text)
    .filter(({ start }) => {
      while (at < known.length && (known[at]?.end ?? 0) <= start) at++;
      return (known[at]?.start ?? Number.POSITIVE_INFINITY) > start;
    })
    .map(({ what, start }) => ({
      file: source.file,
      ...positionOf(start),
      code: CODE,
      path: "",
      message: `The file holds ${what}.`,
      remedy: REMEDY,
    }));
}

/** What kind of secret a value is; null for none. */
function describeSecret(value: unknown, path: SpecPath): string | null {
  const key = path.at(-1);
  const isScalar = value !== null && typeof value !== "object";
  if (key === "password" && isScalar) return "a password";
  const found = typeof value === "string" ? findCredential(value) : null;
  if (found !== null) return found.what;
  return key === "uri" && isScalar ? "a connection string, which usually carries a password" : null;
}

function adviseOn(path: SpecPath): string {
  const key = path.at(-1);
  return key === "password" || key === "uri"
    ? `Write ${key}: {env: NAME_OF_A_VARIABLE}; change the password if it was ever pushed.`
    : REMEDY;
}
