/**
 * Servers replace an empty `Timestamp(0,0)` at a document's top level by the present time when it is inserted, unless they
 * are asked not to, and older ones cannot be asked. `_id` and nested fields they leave alone (tried on 4.4.2 to 6.0.27).
 */
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
    offset = value + valueBytes(view, type, value);
  }
  return false;
}

/** Bytes of a value by its type. Source: https://bsonspec.org/spec.html */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [0x01, 8], // double
  [0x06, 0], // undefined
  [0x07, 12], // ObjectId
  [0x08, 1], // boolean
  [0x09, 8], // date
  [0x0a, 0], // null
  [0x10, 4], // int32
  [0x11, 8], // timestamp
  [0x12, 8], // int64
  [0x13, 16], // decimal128
  [0x7f, 0], // MaxKey
  [0xff, 0], // MinKey
]);
/** What is counted besides the length that stands in front. */
const BESIDES_LENGTH: ReadonlyMap<number, number> = new Map([
  [0x02, 4], // string
  [0x03, 0], // document
  [0x04, 0], // array
  [0x05, 5], // binary
  [0x0c, 16], // DBPointer
  [0x0d, 4], // code
  [0x0e, 4], // symbol
  [0x0f, 0], // code with scope
]);

function valueBytes(view: Buffer, type: number, offset: number): number {
  const fixed = FIXED_BYTES.get(type);
  if (fixed !== undefined) return fixed;
  const besides = BESIDES_LENGTH.get(type);
  if (besides !== undefined) return view.readInt32LE(offset) + besides;
  // A regular expression is two strings that end with a zero. Servers store no other types.
  return view.indexOf(0, view.indexOf(0, offset) + 1) + 1 - offset;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
