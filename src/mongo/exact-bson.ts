/**
 * Decoding of small documents (options, indexes, keys) without loss. JavaScript objects reorder integer-like
 * names and the driver's defaults blur number types; maps and unpromoted values keep both.
 */
import { BSON } from "mongodb";
import type { ExactDocument } from "../model/exact-document.ts";

const BSON_TYPE = { document: 3, array: 4 } as const;
const EXACT = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
} as const;

/** Decodes a raw document to ordered fields. Of fields with the same name the last one stays. */
export function decodeFields(raw: Uint8Array): ReadonlyMap<string, unknown> {
  return new Map(decodeElements(raw));
}

export function encodeFields(fields: ReadonlyMap<string, unknown>): Uint8Array {
  return BSON.serialize(fields as unknown as BSON.Document, { ignoreUndefined: false });
}

export function toExactDocument(fields: ReadonlyMap<string, unknown>): ExactDocument {
  return { fields, json: toJson(fields) };
}

/** Extended JSON of the value of a key `{_id: value}`. */
export function describeKey(key: Uint8Array): string {
  return toJson(decodeFields(key).get("_id"));
}

function* decodeElements(raw: Uint8Array): Generator<[string, unknown]> {
  for (const [type, nameOffset, nameLength, offset, length] of BSON.onDemand.parseToElements(raw)) {
    const name = Buffer.from(raw.subarray(nameOffset, nameOffset + nameLength)).toString("utf8");
    const value = raw.subarray(offset, offset + length);
    if (type === BSON_TYPE.document) yield [name, decodeFields(value)];
    else if (type === BSON_TYPE.array) yield [name, [...decodeElements(value)].map(([, v]) => v)];
    else yield [name, decodeLeaf(type, value)];
  }
}

function decodeLeaf(type: number, value: Uint8Array): unknown {
  const document = Buffer.alloc(4 + 3 + value.length + 1);
  document.writeInt32LE(document.length, 0);
  document[4] = type;
  document.write("v\0", 5, "latin1");
  document.set(value, 7);
  return BSON.deserialize(document, EXACT).v;
}

/** Canonical extended JSON with the fields in their order. */
function toJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, v]) => `${JSON.stringify(name)}:${toJson(v)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  return BSON.EJSON.stringify(value, { relaxed: false });
}
