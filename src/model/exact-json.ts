import type { ExactDocument } from "./exact-document.ts";

/** An exact document of these fields: for one that was read and has been changed since, without asking a server. */
export function withFields(fields: ReadonlyMap<string, unknown>): ExactDocument {
  return { fields, json: toJson(fields) };
}

/** Canonical extended JSON, the same text that reading the document from a server gives. */
function toJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, item]) => `${JSON.stringify(name)}:${toJson(item)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (value === undefined) return '{"$undefined":true}';
  if (value instanceof Date) return `{"$date":{"$numberLong":"${value.getTime()}"}}`;
  return JSON.stringify(isExtended(value) ? value.toExtendedJSON({ relaxed: false }) : value);
}

interface Extended {
  toExtendedJSON(options: { readonly relaxed: boolean }): unknown;
}

/** Every type of BSON that JSON lacks knows its own text. */
function isExtended(value: unknown): value is Extended {
  return typeof value === "object" && value !== null && "toExtendedJSON" in value;
}
