import { readFileSync } from "node:fs";
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";

export const DOCUMENT_KINDS = ["Connection", "Migration", "Defaults"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export const API_VERSION = "mongoferry.dev/v1";

/** The package's JSON Schema, which lies beside both `src` and `dist`. */
const SCHEMA_URL = new URL("../../schemas/mongoferry.schema.json", import.meta.url);

/** Parts of the schema that something is checked against. */
type CheckedPart = DocumentKind | "Limits";

let validators: Record<CheckedPart, ValidateFunction> | null = null;

/** The check of one kind of document, or of limits that stand for themselves. Each kind has its own, since errors of a `oneOf` say nothing precise. */
export function validatorFor(kind: CheckedPart): ValidateFunction {
  validators ??= compileValidators();
  return validators[kind];
}

function compileValidators(): Record<CheckedPart, ValidateFunction> {
  const schema = JSON.parse(readFileSync(SCHEMA_URL, "utf8")) as AnySchemaObject;
  // `verbose` gives each error its value and schema; strictTypes would forbid `type: [string, object]`.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
  });
  ajv.addVocabulary(["patternErrorMessage"]);
  ajv.addSchema(schema);
  const compile = (kind: CheckedPart): ValidateFunction =>
    ajv.compile({ $ref: `${String(schema["$id"])}#/$defs/${kind}` });
  return {
    Connection: compile("Connection"),
    Migration: compile("Migration"),
    Defaults: compile("Defaults"),
    Limits: compile("Limits"),
  };
}
