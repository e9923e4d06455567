/**
 * Decoding of small documents (options, indexes, keys) without loss. JavaScript objects reorder integer-like
 * names and the driver's defaults blur number types; maps and unpromoted values keep both.
 */
import { BSON } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { asNumber, type ExactDocument } from "../model/exact-document.ts";

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

/**
 * Decodes a key `{_id: value}` that is to be sent to a server. Fails where the driver would send another key than it was
 * given: it writes a DBPointer as a document, and the fields of code with a scope in another order.
 */
export function decodeKey(key: Uint8Array): ReadonlyMap<string, unknown> {
  const fields = decodeFields(key);
  const sent = BSON.serialize(fields as unknown as BSON.Document, { ignoreUndefined: false });
  // All NaNs are one key, whatever their bits.
  if (Buffer.compare(sent, key) === 0 || Number.isNaN(asNumber(fields.get("_id")))) return fields;
  throw new OperationError({
    operation: "decode a key",
    object: "a key",
    key: describeKey(key),
    isRetryable: false,
    hint: "A copy cannot go on at this _id, which no driver can express; give the document another one at the source",
  });
}

/** Whether `decodeKey` takes the key; where it does not, a collection is not divided there. */
export function canSendKey(key: Uint8Array): boolean {
  try {
    decodeKey(key);
    return true;
  } catch (error) {
    if (error instanceof OperationError) return false;
    throw error;
  }
}

export function toExactDocument(fields: ReadonlyMap<string, unknown>): ExactDocument {
  return { fields, json: toJson(fields) };
}

/** Extended JSON of the value of a key `{_id: value}`; its bytes in hexadecimal where it cannot be decoded. */
export function describeKey(key: Uint8Array): string {
  try {
    return toJson(decodeFields(key).get("_id"));
  } catch {
    return `BSON ${Buffer.from(key).toString("hex")}`;
  }
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
  const { v } = BSON.deserialize(document, EXACT);
  if (v instanceof Date && Number.isNaN(v.getTime())) throw unreadableDate(value);
  return v;
}

/** BSON has dates that JavaScript has not; sent back they would be another date, which may be another document's key. */
function unreadableDate(value: Uint8Array): OperationError {
  const ms = Buffer.from(value).readBigInt64LE();
  return new OperationError({
    operation: "decode a date",
    object: `a key or an option with ${ms} ms since 1970`,
    isRetryable: false,
    hint: "Dates outside the years -271821 to 275760 are kept in documents, but not in keys and options",
  });
}

/** Canonical extended JSON with the fields in their order. */
function toJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = [...value].map(([name, v]) => `${JSON.stringify(name)}:${toJson(v)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (value === undefined) return '{"$undefined":true}';
  return BSON.EJSON.stringify(value, { relaxed: false });
}
