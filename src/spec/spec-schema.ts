import type { ValidateFunction } from "ajv/dist/2020.js";
import { validators } from "./compile-validators.ts";

export const DOCUMENT_KINDS = ["Connection", "Migration", "Defaults"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export const API_VERSION = "mongoferry.dev/v1";

/** Parts of the schema that something is checked against. */
type CheckedPart = keyof typeof validators;

/** The check of one kind of document, or of limits alone. Each kind has its own, since errors of a `oneOf` say nothing precise. */
export function validatorFor(part: CheckedPart): ValidateFunction {
  return validators[part];
}
