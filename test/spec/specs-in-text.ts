import type { SpecProblem } from "../../src/model/problem.ts";
import { checkDocuments } from "../../src/spec/check-documents.ts";
import type { SpecSource } from "../../src/spec/spec-document.ts";

export function sourceOf(text: string, file = "a.yaml"): SpecSource {
  return { file, absoluteFile: `/repo/${file}`, text };
}

/** Problems of one file's text, or of several files. */
export function problemsIn(...texts: string[]): readonly SpecProblem[] {
  const sources = texts.map((text, at) => sourceOf(text, `${"abcdef"[at]}.yaml`));
  return checkDocuments(sources, false).problems;
}

/** Each problem as `file:line:column code path`. */
export function headingsIn(...texts: string[]): string[] {
  return problemsIn(...texts).map(formatHeading);
}

export function formatHeading({ file, line, column, code, path }: SpecProblem): string {
  return `${file}:${line}:${column} ${code} ${path}`.trimEnd();
}

/** Two valid connections, on the lines 1 to 10. */
export const CONNECTIONS = `apiVersion: mongoferry.dev/v1
kind: Connection
metadata: {name: old}
spec: {provider: mongodb, uri: {env: OLD_URI}}
---
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: {name: new}
spec: {provider: mongodb, uri: {env: NEW_URI}}
---
`;

/** A connection whose `spec` holds the given lines, from line 5 on, indented by two. */
export function connectionWith(...lines: string[]): string {
  return document("Connection", "c", lines);
}

/** A valid migration whose `spec` holds the given lines, from line 18 on, after the two connections. */
export function migrationWith(...lines: string[]): string {
  return CONNECTIONS + migration("m", ...lines);
}

/** A migration by itself; the given lines begin at its line 8. */
export function migration(name: string, ...lines: string[]): string {
  const ends = ["mode: full", "source: {connection: old}", "destination: {connection: new}"];
  return document("Migration", name, [...ends, ...lines]);
}

export function document(kind: string, name: string, lines: readonly string[]): string {
  const head = `apiVersion: mongoferry.dev/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n`;
  return head + lines.map((line) => `  ${line}\n`).join("");
}
