/** Raw BSON values of every type, for documents that a driver's serializer cannot write. */
import { BSON_TYPE, rawDocument, rawElement } from "../../src/mongo/raw-document.ts";

export { rawDocument as doc, rawElement as field } from "../../src/mongo/raw-document.ts";

export const NOTHING = Buffer.alloc(0);
export const EMPTY_TIMESTAMP = Buffer.alloc(8);

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`);
  return Buffer.concat([int32(bytes.length), bytes]);
}

export function binary(subtype: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([int32(bytes.length), Buffer.from([subtype]), bytes]);
}

export function codeWithScope(code: string, scope: Uint8Array): Buffer {
  const rest = Buffer.concat([text(code), scope]);
  return Buffer.concat([int32(rest.length + 4), rest]);
}

/** A document that is that many levels deep. */
export function nested(levels: number): Uint8Array {
  let document = rawDocument(rawElement(BSON_TYPE.int32, "x", int32(1)));
  for (let level = 1; level < levels; level++) {
    document = rawDocument(rawElement(BSON_TYPE.document, "d", document));
  }
  return document;
}
