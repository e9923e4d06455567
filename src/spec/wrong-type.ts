import type { ErrorObject } from "ajv/dist/2020.js";
import { quoteText } from "./printable-text.ts";
import type { ProblemText } from "./spec-document.ts";
import { isSensitivePath, type SpecPath } from "./spec-path.ts";

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a mapping",
  array: "a list",
};

const WORDS_FOR_TRUE: ReadonlySet<string> = new Set(["true", "yes", "on", "y", "1"]);
const WORDS_FOR_FALSE: ReadonlySet<string> = new Set(["false", "no", "off", "n", "0"]);

/** How a message shows a value: text in quotes, numbers as they are, the rest by what it is, secrets not at all. */
export function showValue(path: SpecPath, value: unknown): string {
  if (value === null) return "Nothing";
  if (Array.isArray(value)) return "A list";
  if (typeof value === "object") return "A mapping";
  if (isSensitivePath(path)) return "The value";
  return typeof value === "string" ? quoteText(value) : String(value);
}

/** Describes a value that is a mapping, list, text, number, … where another was expected. */
export function describeWrongType(path: SpecPath, error: ErrorObject): ProblemText {
  const types = [error.params["type"]].flat().map(String);
  const expected = types.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
  return {
    code: "wrong-type",
    message: `${showValue(path, error.data)} stands where ${expected} is expected.`,
    remedy: adviseOnType(path, error.data, types, expected),
  };
}

function adviseOnType(
  path: SpecPath,
  value: unknown,
  types: readonly string[],
  expected: string,
): string {
  if (value === null) return `Give ${expected}, or remove the key.`;
  const isPlain = ["string", "number", "boolean"].includes(typeof value);
  if (!isPlain || isSensitivePath(path)) return `Give ${expected}.`;
  const word = String(value).toLowerCase();
  if (types.includes("string")) return `Put it in quotes: "${String(value)}".`;
  if (types.includes("array")) return `Give a list: [${showValue(path, value)}].`;
  if (types.includes("boolean") && WORDS_FOR_TRUE.has(word)) return "Did you mean true?";
  if (types.includes("boolean") && WORDS_FOR_FALSE.has(word)) return "Did you mean false?";
  const isQuotedNumber = types.includes("integer") && /^\d{1,9}$/u.test(word);
  return isQuotedNumber ? `Remove the quotes: ${word}.` : `Give ${expected}.`;
}
