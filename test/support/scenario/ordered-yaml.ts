/** Values of scenarios: YAML whose mappings are documents in the order they are written, and extended JSON inside them. */
import { BSON } from "mongodb";
import { parse } from "yaml";

/** A mapping; field names like integers keep their place, which they would not in a plain object. */
export type Fields = ReadonlyMap<string, unknown>;

/** First fields of canonical extended JSON. Any other name with `$` is an ordinary field name. */
const EXTENDED = new Set([
  "$binary",
  "$code",
  "$date",
  "$maxKey",
  "$minKey",
  "$numberDecimal",
  "$numberDouble",
  "$numberInt",
  "$numberLong",
  "$oid",
  "$regularExpression",
  "$symbol",
  "$timestamp",
  "$undefined",
  "$uuid",
]);

export function parseOrderedYaml(text: string): unknown {
  return parse(text, { mapAsMap: true });
}

/** Extended JSON becomes the driver's values; all else stays. */
export function toBson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBson);
  if (!(value instanceof Map)) return value;
  const fields = value as Fields;
  const [first = ""] = fields.keys();
  if (EXTENDED.has(first))
    return BSON.EJSON.deserialize(toPlain(fields) as never, { relaxed: false });
  return new Map([...fields].map(([name, inner]) => [name, toBson(inner)]));
}

/** The same as plain objects, for what the order says nothing about. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...(value as Fields)].map(([name, inner]) => [name, toPlain(inner)]));
}

/** The fields of a mapping. What is not allowed there fails, since nobody would look at it. */
export function fieldsOf(value: unknown, place: string, allowed: readonly string[] | null): Fields {
  if (!(value instanceof Map)) throw new Error(`${place}: a mapping is needed`);
  const fields = value as Fields;
  const unknown = [...fields.keys()].filter((name) => allowed?.includes(name) === false);
  if (unknown.length > 0) {
    throw new Error(`${place}: unknown ${unknown.join(", ")}; known are ${allowed?.join(", ")}`);
  }
  return fields;
}

export function listOf(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${place}: a list is needed`);
  return value;
}
