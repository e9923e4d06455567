import type { SpecProblem } from "../model/problem.ts";
import { textAt, type SpecDocument } from "./spec-document.ts";
import { valueAt } from "./spec-path.ts";

/** All documents that were read, by kind, in the order of files and text. Their shape may still be wrong. */
export interface SpecSet {
  readonly connections: readonly SpecDocument[];
  readonly migrations: readonly SpecDocument[];
  readonly defaults: readonly SpecDocument[];
  /** Whether something could not be read, so that what is missing here may well be there. */
  readonly isIncomplete: boolean;
}

/** A rule over the documents as a whole. It passes over what the schema refuses. */
export type SemanticRule = (specs: SpecSet) => readonly SpecProblem[];

export function nameOf(document: SpecDocument): string | null {
  return textAt(document, ["metadata", "name"]);
}

export function findConnection(specs: SpecSet, name: string | null): SpecDocument | null {
  return specs.connections.find((document) => name !== null && nameOf(document) === name) ?? null;
}

/**
 * What tells one deployment from another as far as specs can know: the variable with the URI, or the host. Equal keys
 * mean the same deployment, different keys prove nothing.
 */
export function deploymentKey(specs: SpecSet, connectionName: string): string {
  const document = findConnection(specs, connectionName);
  const spec = document === null ? null : valueAt(document.value, ["spec"]);
  const uriEnv = valueAt(spec, ["uri", "env"]);
  if (typeof uriEnv === "string") return JSON.stringify(["uri", uriEnv]);
  const host = valueAt(spec, ["host"]);
  if (typeof host !== "string") return JSON.stringify(["name", connectionName]);
  const port = valueAt(spec, ["port"]) ?? "default";
  return JSON.stringify(["host", host.toLowerCase(), port]);
}
