/**
 * A small BSON document (collection options, an index) kept exactly: field order, also of integer-like names,
 * and number types survive. Plain JavaScript objects would lose both.
 */
export interface ExactDocument {
  /** Fields in order. Nested documents are maps too; leaves are unpromoted BSON values. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** Canonical extended JSON with the same order; equal text means an equal document. */
  readonly json: string;
}

/** The number behind a BSON number of any width, or null for anything else. */
export function asNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) return null;
  const isNumber = ["Int32", "Double", "Long", "Decimal128"].includes(String(value._bsontype));
  return isNumber ? Number(String(value)) : null;
}

/** A nested document's fields, or an empty map where the field is missing or no document. */
export function nestedFields(
  fields: ReadonlyMap<string, unknown>,
  name: string,
): ReadonlyMap<string, unknown> {
  const value = fields.get(name);
  return value instanceof Map ? (value as ReadonlyMap<string, unknown>) : new Map();
}

/** Text of any value of an exact document; different for values that differ in type, order or content. */
export function valueText(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, v]) => `${JSON.stringify(name)}: ${valueText(v)}`);
    return `{${fields.join(", ")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) {
    return JSON.stringify(value) ?? String(value);
  }
  if (value._bsontype === "Int32") return String(value);
  return `${String(value._bsontype)}(${leafText(value)})`;
}

/** JSON has neither NaN and infinities nor a minus zero, and the JSON of binary data leaves its subtype out. */
function leafText(value: { readonly _bsontype: unknown }): string {
  if (value._bsontype === "Double" && Object.is(Number(value), -0)) return "-0";
  if (asNumber(value) !== null) return String(value);
  const subtype = "sub_type" in value ? `${String(value.sub_type)}, ` : "";
  return `${subtype}${JSON.stringify(value)}`;
}
