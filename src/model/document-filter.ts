/** Which queries can pick the documents of a migration: the same ones each time, by `_id` order, and in a change stream. */
import { parseExtendedJson } from "./extended-json.ts";
import type { JsonValue } from "./ordered-json.ts";

export interface FilterObjection {
  /** `filter-syntax` or `filter-operator`. */
  readonly code: string;
  /** A phrase that says what is wrong. */
  readonly message: string;
  readonly remedy: string;
}

const JAVASCRIPT = "Write the condition without JavaScript, with query operators or $expr.";
const BY_OWN_INDEX = "It needs an index of its own, while documents are read by _id; ";
const RANDOM = "Each reading would pick other documents; choose them by their fields.";
const BY_TIME = "Each reading would pick other documents; write the time itself, as $date.";

/** Operators that are refused wherever they stand, with what to do instead. */
const REFUSED_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["$where", JAVASCRIPT],
  ["$function", JAVASCRIPT],
  ["$accumulator", JAVASCRIPT],
  ["$text", `${BY_OWN_INDEX}use $regularExpression.`],
  ["$near", `${BY_OWN_INDEX}use $geoWithin.`],
  ["$nearSphere", `${BY_OWN_INDEX}use $geoWithin.`],
  ["$geoNear", `${BY_OWN_INDEX}use $geoWithin.`],
  ["$rand", RANDOM],
  ["$sampleRate", RANDOM],
]);
/** Variables of expressions that are not the same at each reading. */
const REFUSED_VARIABLES = /^\$\$(?:NOW|CLUSTER_TIME|USER_ROLES)(?:\.|$)/u;

/** What speaks against a filter, as far as its text tells; null: nothing. Servers know the rest. */
export function objectToFilter(text: string): FilterObjection | null {
  try {
    return objectToValue(parseExtendedJson(text), false);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {
      code: "filter-syntax",
      message: `the filter is no extended JSON object: ${error.message}`,
      remedy: 'Write a query as text, such as \'{"status": "open"}\'.',
    };
  }
}

function objectToValue(value: JsonValue, isExpression: boolean): FilterObjection | null {
  if (typeof value === "string") return isExpression ? objectToVariable(value) : null;
  if (Array.isArray(value)) return firstObjection(value, isExpression);
  if (!(value instanceof Map)) return null;
  for (const [name, inner] of value) {
    const remedy = REFUSED_OPERATORS.get(name);
    if (remedy !== undefined) return objection(name, remedy);
    const found = objectToValue(inner, isExpression || name === "$expr");
    if (found !== null) return found;
  }
  return null;
}

function firstObjection(
  values: readonly JsonValue[],
  isExpression: boolean,
): FilterObjection | null {
  for (const value of values) {
    const found = objectToValue(value, isExpression);
    if (found !== null) return found;
  }
  return null;
}

function objectToVariable(text: string): FilterObjection | null {
  const [variable] = REFUSED_VARIABLES.exec(text) ?? [];
  return variable === undefined ? null : objection(variable.replace(".", ""), BY_TIME);
}

function objection(name: string, remedy: string): FilterObjection {
  return { code: "filter-operator", message: `the filter uses ${name}`, remedy };
}
