/**
 * Servers replace an empty `Timestamp(0,0)` at a document's top level by the present time when it is inserted, unless they
 * are asked not to, and older ones cannot be asked. `_id` and nested fields they leave alone (tried on 4.4.2 to 6.0.27).
 */
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import { BSON_TYPE } from "./raw-document.ts";

/**
 * Whether the server knows `bypassEmptyTsReplacement`. Source: SERVER-88750, in 5.0.29, 6.0.17, 7.0.13 and 8.0.
 */
export function canKeepEmptyTimestamps(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const firstPatch = new Map([
    [5, 29],
    [6, 17],
    [7, 13],
  ]).get(major);
  return major >= 8 || minor > 0 ? major >= 8 : firstPatch !== undefined && patch >= firstPatch;
}

/** The end of a name and an empty timestamp, or any other eight zero bytes: rules out most documents at once. */
const END_OF_NAME_AND_EMPTY = Buffer.alloc(9);

/** Positions of the documents of a run that have an empty timestamp at their top level. */
export function findEmptyTimestamps(bytes: Uint8Array): ReadonlySet<number> {
  const positions = new Set<number>();
  const view = asBuffer(bytes);
  let zeros = view.indexOf(END_OF_NAME_AND_EMPTY);
  let position = 0;
  for (let offset = 0; zeros !== -1; position++) {
    const end = offset + view.readInt32LE(offset);
    if (zeros < end) {
      if (hasEmptyTimestamp(view.subarray(offset, end))) positions.add(position);
      zeros = view.indexOf(END_OF_NAME_AND_EMPTY, end);
    }
    offset = end;
  }
  return positions;
}

function hasEmptyTimestamp(view: Buffer): boolean {
  const end = view.length - 1;
  let offset = 4;
  while (offset < end) {
    const type = view[offset] ?? 0;
    const value = view.indexOf(0, offset + 1) + 1;
    if (type === BSON_TYPE.timestamp && view.readBigInt64LE(value) === 0n) {
      if (view.toString("latin1", offset + 1, value - 1) !== "_id") return true;
    }
    offset = value + bsonValueBytes(view, type, value);
  }
  return false;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
