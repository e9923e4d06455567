import type { ErrorObject } from "ajv/dist/2020.js";
import type { SpecProblem } from "../model/problem.ts";
import { didYouMean } from "./nearest.ts";
import { quoteText } from "./printable-text.ts";
import {
  hasValueAt,
  problemAtKey,
  problemAtValue,
  type ProblemText,
  type SpecDocument,
} from "./spec-document.ts";
import { formatSpecPath, isSensitivePath, parsePointer, type SpecPath } from "./spec-path.ts";
import { validatorFor, type DocumentKind } from "./spec-schema.ts";
import { describeWrongType, showValue } from "./wrong-type.ts";

/** Values that document-kind.ts judges, with codes of their own. */
const IDENTITY: ReadonlySet<string> = new Set(["/apiVersion", "/kind"]);

/** Checks a document against the schema of its kind; apiVersion and kind have been checked before. */
export function findSchemaProblems(document: SpecDocument, kind: DocumentKind): SpecProblem[] {
  const validate = validatorFor(kind);
  if (validate(document.value)) return [];
  const errors = (validate.errors ?? []).filter((error) => !IDENTITY.has(error.instancePath));
  return errors.flatMap((error) => describeError(document, error) ?? []);
}

function describeError(document: SpecDocument, error: ErrorObject): SpecProblem | null {
  const path = parsePointer(error.instancePath, document.value);
  switch (error.keyword) {
    case "additionalProperties":
      return describeUnknownKey(document, path, error);
    case "required":
      return describeMissingKey(document, path, error);
    case "dependentRequired":
      // Beside a uri, both are too much already.
      if (hasValueAt(document, [...path, "uri"])) return null;
      return problemAtKey(document, [...path, String(error.params["property"])], {
        code: "missing-key",
        message: `${quoteText(String(error.params["property"]))} is given without "${String(error.params["missingProperty"])}".`,
        remedy: `Add "${String(error.params["missingProperty"])}", or remove the other.`,
      });
    case "false schema":
      return problemAtKey(document, path, {
        code: "conflicting-address",
        message: `"${formatSpecPath(path.slice(-1))}" is given together with "uri".`,
        remedy: "Give either uri, or host with the other parts.",
      });
    case "if":
      return null;
    default:
      return problemAtValue(document, path, describeValueError(path, error));
  }
}

function describeUnknownKey(
  document: SpecDocument,
  parent: SpecPath,
  error: ErrorObject,
): SpecProblem {
  const key = String(error.params["additionalProperty"]);
  const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object);
  const isHidden = isSensitivePath(parent);
  const advice = key === "<<" ? "Merge keys are not supported: write the keys out. " : "";
  return problemAtKey(document, [...parent, key], {
    code: "unknown-key",
    message: isHidden ? "There is no such key here." : `There is no key ${quoteText(key)} here.`,
    remedy: `${advice}${isHidden ? "" : didYouMean(key, known)}Known: ${known.join(", ")}.`,
  });
}

function describeMissingKey(
  document: SpecDocument,
  parent: SpecPath,
  error: ErrorObject,
): SpecProblem {
  const key = String(error.params["missingProperty"]);
  if (error.schemaPath.endsWith("/else/required")) {
    return problemAtKey(document, parent, {
      code: "conflicting-address",
      message: `Neither "uri" nor "host" is given.`,
      remedy: "Add uri: {env: NAME}, or host with the other parts.",
    });
  }
  return problemAtKey(document, parent, {
    code: "missing-key",
    message: `The key "${key}" is missing${parent.length === 0 ? "" : ` in ${formatSpecPath(parent)}`}.`,
    remedy: `Add "${key}".`,
  });
}

/** What is wrong with a value, by ajv's error. */
export function describeValueError(path: SpecPath, error: ErrorObject): ProblemText {
  const shown = showValue(path, error.data);
  switch (error.keyword) {
    case "type":
      return describeWrongType(path, error);
    case "enum":
    case "const": {
      const allowed = (error.params["allowedValues"] ?? [
        error.params["allowedValue"],
      ]) as unknown[];
      const hint =
        typeof error.data === "string" ? didYouMean(error.data, allowed.map(String)) : "";
      return {
        code: typeof error.data === "string" ? "not-allowed" : "wrong-type",
        message: `${shown} is not allowed here.`,
        remedy: `${hint}Allowed: ${allowed.join(", ")}.`,
      };
    }
    case "pattern":
      return {
        code: "pattern",
        message: `${shown} is not in the right form.`,
        remedy: String(error.parentSchema?.["patternErrorMessage"] ?? "See the reference."),
      };
    default:
      return describeRange(shown, error);
  }
}

const RANGES: Readonly<Record<string, (limit: string) => readonly [string, string]>> = {
  minimum: (limit) => ["is too small", `Give at least ${limit}`],
  maximum: (limit) => ["is too large", `Give at most ${limit}`],
  minLength: () => ["is empty", "Give a value, or remove the key"],
  maxLength: (limit) => ["is too long", `Use at most ${limit} characters`],
  minItems: () => ["is empty", "Add an entry, or remove the key"],
  maxItems: (limit) => ["is too long", `Give at most ${limit} entries, or use patterns`],
};

function describeRange(shown: string, error: ErrorObject): ProblemText {
  const limit = String(error.params["limit"] ?? "");
  const [what, remedy] = RANGES[error.keyword]?.(limit) ?? ["is not allowed", "See the reference"];
  return { code: "out-of-range", message: `${shown} ${what}.`, remedy: `${remedy}.` };
}
