/**
 * The checks of the JSON Schema as functions. Run from source, they are compiled when this module is loaded. The build
 * puts their generated code in the place of this module (scripts/build.mjs), so that the program starts without ajv.
 */
import { readFileSync } from "node:fs";
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import { packageRoot } from "../base/package-root.ts";

type CheckedPart = "Connection" | "Migration" | "Defaults" | "Limits";

/** A compiler of the schema, and where in it each part is. `code` is for generating source text. */
export function openSchema(code?: { readonly source: true; readonly esm: true }): {
  readonly ajv: Ajv2020;
  readonly references: Readonly<Record<CheckedPart, string>>;
} {
  const file = new URL("schemas/mongoferry.schema.json", packageRoot);
  const schema = JSON.parse(readFileSync(file, "utf8")) as AnySchemaObject;
  // `verbose` gives each error its value and schema; strictTypes would forbid `type: [string, object]`.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    ...(code !== undefined && { code }),
  });
  ajv.addVocabulary(["patternErrorMessage"]);
  ajv.addSchema(schema);
  const reference = (part: CheckedPart): string => `${String(schema["$id"])}#/$defs/${part}`;
  return {
    ajv,
    references: {
      Connection: reference("Connection"),
      Migration: reference("Migration"),
      Defaults: reference("Defaults"),
      Limits: reference("Limits"),
    },
  };
}

function compileValidators(): Readonly<Record<CheckedPart, ValidateFunction>> {
  const { ajv, references } = openSchema();
  const compile = (part: CheckedPart): ValidateFunction => ajv.compile({ $ref: references[part] });
  return {
    Connection: compile("Connection"),
    Migration: compile("Migration"),
    Defaults: compile("Defaults"),
    Limits: compile("Limits"),
  };
}

export const validators = compileValidators();
