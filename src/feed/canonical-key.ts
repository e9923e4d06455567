/**
 * Which document keys may be one key to a server. To it `1`, `1.0`, `NumberLong(1)` and `NumberDecimal("1.00")` are, also inside of
 * documents, and under a collation strings are that differ in their bytes. Layout of BSON: https://bsonspec.org/spec.html
 */
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import type { DocumentKey } from "../model/document-key.ts";

/** Behind the length of the key's document: type, `_id`, 0. */
const TYPE_OFFSET = 4;
const VALUE_OFFSET = 9;

/**
 * A text that is equal for all keys that a server takes for the same. It may be equal for keys that differ, too: who finds
 * several keys under one text must not tell them apart without asking the server.
 *
 * @param isCollated - Whether the collection compares strings by a collation of its own.
 */
export function canonicalKey(key: DocumentKey, isCollated: boolean): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return valueText(bytes, bytes[TYPE_OFFSET] ?? 0, VALUE_OFFSET, bytes.length - 1, isCollated);
}

const TYPE = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  symbol: 0x0e,
  scopedCode: 0x0f,
  int32: 0x10,
  int64: 0x12,
  decimal: 0x13,
} as const;

function valueText(
  bytes: Buffer,
  type: number,
  start: number,
  end: number,
  isCollated: boolean,
): string {
  switch (type) {
    case TYPE.double:
      return numberText(bytes.readDoubleLE(start));
    case TYPE.int32:
      return numberText(bytes.readInt32LE(start));
    case TYPE.int64:
      // Rounded: several of the largest have one text.
      return numberText(Number(bytes.readBigInt64LE(start)));
    case TYPE.decimal:
      return numberText(decimalToNumber(bytes, start));
    case TYPE.string:
    case TYPE.symbol:
      return isCollated ? "s" : `s${bytes.toString("latin1", start + 4, end)}`;
    case TYPE.document:
    case TYPE.array:
      return documentText(bytes, type, start, isCollated);
    case TYPE.scopedCode:
      return "code";
    default:
      return `${type}:${bytes.toString("latin1", start, end)}`;
  }
}

/** Zero and minus zero are one number. */
function numberText(value: number): string {
  return `n${value === 0 ? 0 : value}`;
}

const EXPONENT_BIAS = 6_176;

/**
 * The nearest double: equal for equal values, which is all that counts. Layout: IEEE 754-2008 decimal128, binary integer
 * significand.
 */
function decimalToNumber(bytes: Buffer, start: number): number {
  const low = bytes.readBigUInt64LE(start);
  const high = bytes.readBigUInt64LE(start + 8);
  const sign = high >> 63n === 1n ? -1 : 1;
  const combination = (high >> 58n) & 0x1fn;
  if (combination === 0x1fn) return Number.NaN;
  if (combination === 0x1en) return sign * Number.POSITIVE_INFINITY;
  // A significand that begins with 100 in binary is too large for 34 digits, and counts as zero.
  if (combination >> 3n === 0x3n) return 0;
  const exponent = Number((high >> 49n) & 0x3fffn) - EXPONENT_BIAS;
  const significand = ((high & 0x1_ffff_ffff_ffffn) << 64n) | low;
  return sign * Number(`${significand}e${exponent}`);
}

function documentText(bytes: Buffer, type: number, start: number, isCollated: boolean): string {
  const texts: string[] = [];
  const end = start + bytes.readInt32LE(start) - 1;
  for (let offset = start + 4; offset < end;) {
    const fieldType = bytes[offset] ?? 0;
    const nameEnd = bytes.indexOf(0, offset + 1);
    const valueEnd = nameEnd + 1 + bsonValueBytes(bytes, fieldType, nameEnd + 1);
    const name = bytes.toString("latin1", offset + 1, nameEnd);
    texts.push(name, valueText(bytes, fieldType, nameEnd + 1, valueEnd, isCollated));
    offset = valueEnd;
  }
  return `${type}${JSON.stringify(texts)}`;
}
