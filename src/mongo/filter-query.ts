import { BSON } from "mongodb";
import { isNumber, isValueObject, numberType, parseExtendedJson } from "../model/extended-json.ts";
import type { JsonNumber, JsonObject, JsonValue } from "../model/ordered-json.ts";

/**
 * The query of a document filter, ready to be sent: with the order of its fields and the types of its numbers.
 *
 * @param filter - Extended JSON that the spec's rules have let pass; null matches all documents.
 */
export function filterQuery(filter: string | null): ReadonlyMap<string, unknown> {
  return filter === null ? new Map() : toFields(parseExtendedJson(filter));
}

function toFields(object: JsonObject): ReadonlyMap<string, unknown> {
  return new Map([...object].map(([name, value]) => [name, toValue(value)]));
}

function toValue(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(toValue);
  if (value instanceof Map) return isValueObject(value) ? toTyped(value) : toFields(value);
  return isNumber(value) ? toNumber(value) : value;
}

function toNumber(number: JsonNumber): unknown {
  const type = numberType(number);
  if (type === "int64") return BSON.Long.fromString(number.digits);
  const value = Number(number.digits);
  return type === "int32" ? new BSON.Int32(value) : new BSON.Double(value);
}

/** The driver's own reading of one value; such an object's few names are no integers and cannot be reordered. */
function toTyped(object: JsonObject): unknown {
  const text = JSON.stringify({ value: toPlain(object) });
  return (BSON.EJSON.parse(text, { relaxed: false }) as { value: unknown }).value;
}

function toPlain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, inner]) => [name, toPlain(inner)]));
  }
  return isNumber(value) ? Number(value.digits) : value;
}
