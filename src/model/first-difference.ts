/** Where two documents begin to differ. Walks raw BSON, so that types, order and odd names count as they are. */
import { bsonValueBytes } from "../base/bson-value-bytes.ts";

/** A value in raw BSON: its type byte, and the bytes behind its name. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface FirstDifference {
  /** Names and positions from the outside in, joined by dots. */
  readonly path: string;
  /** Null: the field is not there. With both there and equal, it stands in another place. */
  readonly source: RawValue | null;
  readonly target: RawValue | null;
}

const LENGTH_BYTES = 4;
const DOCUMENT = 0x03;
const ARRAY = 0x04;

interface Field extends RawValue {
  readonly name: string;
}

/** The first difference in the order of the source's fields; null: every byte is the same. */
export function firstDifference(source: Uint8Array, target: Uint8Array): FirstDifference | null {
  const found = compareFields([...fieldsOf(source)], [...fieldsOf(target)]);
  return found === null ? null : { ...found, path: found.names.join(".") };
}

type Found = Omit<FirstDifference, "path"> & { readonly names: readonly string[] };

function compareFields(source: readonly Field[], target: readonly Field[]): Found | null {
  for (let index = 0; index < Math.max(source.length, target.length); index++) {
    const [a, b] = [source[index], target[index]];
    if (a === undefined || b === undefined || a.name !== b.name) {
      return compareNames(source, target, index);
    }
    const found = compareValues(a, b);
    if (found !== null) return { ...found, names: [a.name, ...found.names] };
  }
  return null;
}

/** The fields at this place have other names: one side lacks one, or both have them in another order. */
function compareNames(source: readonly Field[], target: readonly Field[], index: number): Found {
  const [a, b] = [source[index], target[index]];
  const behind = (fields: readonly Field[], name: string | undefined): Field | null =>
    fields.slice(index).find((field) => field.name === name) ?? null;
  const extra = b === undefined || behind(source, b.name) !== null ? null : b;
  const isInTarget = a !== undefined && behind(target, a.name) !== null;
  if (a === undefined || (isInTarget && extra !== null)) {
    return { names: [extra?.name ?? b?.name ?? ""], source: null, target: extra ?? b ?? null };
  }
  return { names: [a.name], source: a, target: behind(target, a.name) };
}

function compareValues(source: RawValue, target: RawValue): Found | null {
  if (source.type === target.type && Buffer.compare(source.bytes, target.bytes) === 0) return null;
  const isNested = source.type === DOCUMENT || source.type === ARRAY;
  if (source.type === target.type && isNested) {
    const found = compareFields([...fieldsOf(source.bytes)], [...fieldsOf(target.bytes)]);
    if (found !== null) return found;
  }
  return { names: [], source, target };
}

function* fieldsOf(document: Uint8Array): Generator<Field> {
  const view = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  for (let offset = LENGTH_BYTES; offset < view.length - 1;) {
    const type = view[offset] ?? 0;
    const nameEnd = view.indexOf(0, offset + 1);
    const end = nameEnd + 1 + bsonValueBytes(view, type, nameEnd + 1);
    const name = view.toString("utf8", offset + 1, nameEnd);
    yield { name, type, bytes: document.subarray(nameEnd + 1, end) };
    offset = end;
  }
}
