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

/** By type, since these are looked up for every field; -1: none. */
const FIXED = new Int8Array(256).fill(-1);
const BESIDES = new Int8Array(256).fill(-1);
for (const [type, bytes] of FIXED_BYTES) FIXED[type] = bytes;
for (const [type, bytes] of BESIDES_LENGTH) BESIDES[type] = bytes;

/**
 * Bytes of a value in raw BSON.
 *
 * @param offset - Where the value begins, behind its type and name.
 */
export function bsonValueBytes(view: Buffer, type: number, offset: number): number {
  const fixed = FIXED[type] ?? -1;
  if (fixed >= 0) return fixed;
  const besides = BESIDES[type] ?? -1;
  if (besides >= 0) return view.readInt32LE(offset) + besides;
  // A regular expression is two strings that end with a zero. Servers store no other types.
  return view.indexOf(0, view.indexOf(0, offset) + 1) + 1 - offset;
}
