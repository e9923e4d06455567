/**
 * MongoDB's extended JSON (v2), canonical or relaxed: which objects stand for a value of a BSON type.
 * Source: https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 */
import {
  type JsonNumber,
  type JsonObject,
  type JsonValue,
  parseOrderedJson,
} from "./ordered-json.ts";

const INT32 = { least: -(2n ** 31n), most: 2n ** 31n - 1n };
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

type Check = (value: JsonValue | undefined) => boolean;

/** The form of each object that stands for a value: all its keys, each with a check. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  $oid: { $oid: textLike(/^[\da-fA-F]{24}$/u) },
  $symbol: { $symbol: isText },
  $numberInt: { $numberInt: isInteger(INT32) },
  $numberLong: { $numberLong: isInteger(INT64) },
  $numberDouble: {
    $numberDouble: textLike(/^(?:-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/u),
  },
  $numberDecimal: {
    $numberDecimal: textLike(/^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]?Infinity)$/u),
  },
  $binary: {
    $binary: isObjectOf({
      base64: textLike(/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/u),
      subType: textLike(/^[\da-fA-F]{1,2}$/u),
    }),
  },
  $uuid: { $uuid: textLike(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu) },
  $code: { $code: isText },
  $timestamp: { $timestamp: isObjectOf({ t: isUnsigned, i: isUnsigned }) },
  $regularExpression: {
    $regularExpression: isObjectOf({ pattern: isText, options: textLike(/^[a-z]*$/u) }),
  },
  $date: { $date: isDate },
  $minKey: { $minKey: isOne },
  $maxKey: { $maxKey: isOne },
};

/** Types that the driver would send as something else. */
const NOT_SENT: ReadonlySet<string> = new Set(["$undefined", "$dbPointer", "$scope"]);

/** Whether an object of `parseExtendedJson`'s result stands for a value. */
export function isValueObject(fields: JsonObject): boolean {
  const [first] = fields.keys();
  return first !== undefined && Object.hasOwn(FORMS, first);
}

/** A relaxed number's type: an integer is the smallest that holds it, all else is a double. */
export function numberType({ digits }: JsonNumber): "int32" | "int64" | "double" {
  if (!/^-?\d+$/u.test(digits) || digits === "-0") return "double";
  return isWithin(BigInt(digits), INT32) ? "int32" : "int64";
}

/** Reads a document. Throws a SyntaxError that says what is wrong, as a phrase that begins with "it" or quotes. */
export function parseExtendedJson(text: string): JsonObject {
  const value = parseOrderedJson(text);
  if (!(value instanceof Map) || isValueObject(value)) throw new SyntaxError("it is no object");
  requireKnownValues(value);
  return value;
}

function requireKnownValues(value: JsonValue): void {
  if (Array.isArray(value)) value.forEach(requireKnownValues);
  else if (value instanceof Map) requireKnownObject(value);
  else if (isNumber(value) && !isSmall(value)) {
    throw new SyntaxError(`${value.digits} is too large; write it as $numberDecimal`);
  }
}

function requireKnownObject(fields: JsonObject): void {
  const names = [...fields.keys()];
  const foreign = names.find((name) => NOT_SENT.has(name));
  if (foreign !== undefined) throw new SyntaxError(`${foreign} cannot be used in a query`);
  const form = isValueObject(fields) ? FORMS[names[0] ?? ""] : undefined;
  if (form === undefined) [...fields.values()].forEach(requireKnownValues);
  else if (!hasForm(fields, form)) {
    throw new SyntaxError(`the value of ${names[0] ?? ""} is not what extended JSON has there`);
  }
}

function hasForm(fields: JsonObject, form: Readonly<Record<string, Check>>): boolean {
  const names = Object.keys(form);
  return fields.size === names.length && names.every((name) => form[name]?.(fields.get(name)));
}

function isObjectOf(form: Readonly<Record<string, Check>>): Check {
  return (value) => value instanceof Map && hasForm(value, form);
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === "string" && !value.includes("\0");
}

function textLike(pattern: RegExp): Check {
  return (value) => typeof value === "string" && pattern.test(value);
}

function isInteger(range: typeof INT32): Check {
  return (value) =>
    typeof value === "string" && /^-?\d{1,19}$/u.test(value) && isWithin(BigInt(value), range);
}

function isUnsigned(value: JsonValue | undefined): boolean {
  return isNumber(value) && /^\d{1,10}$/u.test(value.digits) && Number(value.digits) < 2 ** 32;
}

function isDate(value: JsonValue | undefined): boolean {
  const most = 8_640_000_000_000_000n;
  if (value instanceof Map) {
    return hasForm(value, { $numberLong: isInteger({ least: -most, most }) });
  }
  return typeof value === "string" && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}

/** ISO 8601 with its offset: without one, it would be another instant in each time zone that this runs in. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2})$/u;

function isOne(value: JsonValue | undefined): boolean {
  return isNumber(value) && value.digits === "1";
}

export function isNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === "object" && value !== null && "digits" in value;
}

function isSmall({ digits }: JsonNumber): boolean {
  return !/^-?\d+$/u.test(digits) || (digits.length < 21 && isWithin(BigInt(digits), INT64));
}

function isWithin(value: bigint, { least, most }: typeof INT32): boolean {
  return value >= least && value <= most;
}
