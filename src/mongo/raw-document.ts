/**
 * Building raw BSON around values that stay as they are. The driver's serializer cannot do that: it knows no DBPointer,
 * orders integer-like names and has fewer dates than BSON.
 */
import { BugError } from "../base/errors.ts";

const HEADER_BYTES = 4;

export const BSON_TYPE = {
  string: 2,
  document: 3,
  array: 4,
  boolean: 8,
  regex: 11,
  int32: 16,
  timestamp: 17,
} as const;

/** One field: type, name, value. */
export function rawElement(type: number, name: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}

/** The document, or array, of these fields. */
export function rawDocument(...elements: readonly Uint8Array[]): Uint8Array {
  const length = HEADER_BYTES + elements.reduce((sum, { length: bytes }) => sum + bytes, 0) + 1;
  const document = Buffer.alloc(length);
  document.writeInt32LE(length, 0);
  let offset = HEADER_BYTES;
  for (const element of elements) {
    document.set(element, offset);
    offset += element.length;
  }
  return document;
}

/** Type and bytes of the value of a document with one field, such as a key `{_id: value}`. */
export function onlyValue(document: Uint8Array): { type: number; value: Uint8Array } {
  const type = document[HEADER_BYTES];
  const nameEnd = document.indexOf(0, HEADER_BYTES + 1);
  if (type === undefined || nameEnd === -1) throw new BugError("A key has no field");
  return { type, value: document.subarray(nameEnd + 1, document.length - 1) };
}
