/** Statements of write commands about one document each, as raw BSON: keys and documents go through unchanged. */
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { BSON_TYPE, onlyValue, rawDocument, rawElement } from "./raw-document.ts";

const ONE = Buffer.from([1, 0, 0, 0]);
const TRUE = Buffer.from([1]);
const DOLLAR = 0x24;
/** Behind the length and the type of the first field. */
const FIRST_NAME_OFFSET = 5;

/** A run of statements, as `statementsOf` makes them, that delete the documents' keys. */
export function deleteStatements(documents: readonly Uint8Array[]): Uint8Array {
  return statementsOf(documents, DELETE);
}

/**
 * A run of statements that put each document in the place of what its key has, or insert it.
 *
 * @param needsLiteral - Whether a server would not keep the document in a plain replacement.
 */
export function replaceStatements(
  documents: readonly Uint8Array[],
  needsLiteral: (document: Uint8Array) => boolean,
): Uint8Array {
  return statementsOf(documents, { ...REPLACE, isOther: needsLiteral });
}

interface StatementForm {
  /** Whether `u` holds the document. */
  readonly hasDocument: boolean;
  /** What follows, to the end of the statement. */
  readonly tail: Uint8Array;
  /** Whether `other` makes the statement; it always does where the key is not a plain one. */
  isOther(document: Uint8Array): boolean;
  other(document: Uint8Array): Uint8Array;
}

const END = Buffer.from([0]);
const DELETE: StatementForm = {
  hasDocument: false,
  tail: Buffer.concat([rawElement(BSON_TYPE.int32, "limit", Buffer.from([1, 0, 0, 0])), END]),
  isOther: () => false,
  other: deleteStatement,
};
const REPLACE: Omit<StatementForm, "isOther"> = {
  hasDocument: true,
  tail: Buffer.concat([rawElement(BSON_TYPE.boolean, "upsert", Buffer.from([1])), END]),
  other: putStatement,
};
/** `{q: {` up to the key. */
const QUERY = Buffer.from([BSON_TYPE.document, 0x71, 0]);
const UPDATE = Buffer.from([BSON_TYPE.document, 0x75, 0]);
const LENGTH_BYTES = 4;

/** Written into one buffer: there are many of them, and each piece of memory of its own costs more than what is in it. */
function statementsOf(documents: readonly Uint8Array[], form: StatementForm): Uint8Array {
  const others = new Map<number, Uint8Array>();
  const keyEnds = documents.map((document, index) => {
    const end = form.isOther(document) ? 0 : plainKeyEnd(document);
    if (end === 0) others.set(index, form.other(document));
    return end;
  });
  const sizeOf = (index: number): number =>
    others.get(index)?.length ?? statementBytes(keyEnds[index] ?? 0, documents[index], form);
  const total = documents.reduce((sum, _, index) => sum + sizeOf(index), 0);
  const bytes = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const [index, document] of documents.entries()) {
    const other = others.get(index);
    const size = sizeOf(index);
    if (other === undefined) {
      writeStatement(bytes.subarray(offset, offset + size), document, keyEnds[index] ?? 0, form);
    } else {
      bytes.set(other, offset);
    }
    offset += size;
  }
  return bytes;
}

function statementBytes(
  keyEnd: number,
  document: Uint8Array | undefined,
  { hasDocument, tail }: StatementForm,
): number {
  const update = hasDocument ? UPDATE.length + (document?.length ?? 0) : 0;
  return LENGTH_BYTES + QUERY.length + keyEnd + 1 + update + tail.length;
}

function writeStatement(
  into: Buffer,
  document: Uint8Array,
  keyEnd: number,
  { hasDocument, tail }: StatementForm,
): void {
  let offset = into.writeInt32LE(into.length, 0);
  into.set(QUERY, offset);
  offset = into.writeInt32LE(keyEnd + 1, offset + QUERY.length);
  into.set(document.subarray(LENGTH_BYTES, keyEnd), offset);
  offset += keyEnd - LENGTH_BYTES;
  into[offset++] = 0;
  if (hasDocument) {
    into.set(UPDATE, offset);
    into.set(document, offset + UPDATE.length);
    offset += UPDATE.length + document.length;
  }
  into.set(tail, offset);
}

/** Where the element `_id` ends if it comes first and is found by its plain value (`keyQuery`); else zero. */
function plainKeyEnd(document: Uint8Array): number {
  const type = document[LENGTH_BYTES] ?? 0;
  // `_id`, 0
  const isFirst =
    document[5] === 0x5f && document[6] === 0x69 && document[7] === 0x64 && document[8] === 0;
  if (!isFirst || type === BSON_TYPE.regex) return 0;
  if (type === BSON_TYPE.document && document[KEY_VALUE_OFFSET + FIRST_NAME_OFFSET] === DOLLAR) {
    return 0;
  }
  const view = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  return KEY_VALUE_OFFSET + bsonValueBytes(view, type, KEY_VALUE_OFFSET);
}

const KEY_VALUE_OFFSET = 9;

/** Deletes the document's key. */
function deleteStatement(document: Uint8Array): Uint8Array {
  return rawDocument(
    rawElement(BSON_TYPE.document, "q", keyQuery(document)),
    rawElement(BSON_TYPE.int32, "limit", ONE),
  );
}

/**
 * Puts the document in the place of what its key has, or inserts it. A replacement by a pipeline, unlike an insert or a plain
 * replacement, keeps an empty timestamp on every version, and every other byte (tried on 4.4.2, 5.0.4, 6.0.5, 6.0.27).
 * Source: https://www.mongodb.com/docs/manual/reference/operator/aggregation/literal/
 */
export function putStatement(document: Uint8Array): Uint8Array {
  const literal = rawDocument(rawElement(BSON_TYPE.document, "$literal", document));
  const stage = rawDocument(rawElement(BSON_TYPE.document, "$replaceWith", literal));
  return rawDocument(
    rawElement(BSON_TYPE.document, "q", keyQuery(document)),
    rawElement(BSON_TYPE.array, "u", rawDocument(rawElement(BSON_TYPE.document, "0", stage))),
    rawElement(BSON_TYPE.boolean, "upsert", TRUE),
  );
}

/**
 * Servers up to 7.0 find a plain value directly, and plan a query for one with `$eq`, which takes ten times as long (6.0.5). A
 * document that begins with `$`, such as a `$ref`, would be taken for operators without it.
 */
function keyQuery(document: Uint8Array): Uint8Array {
  const key = keyOfDocument(document);
  const { type, value } = onlyValue(key);
  const isPlain =
    type !== BSON_TYPE.regex && (type !== BSON_TYPE.document || !beginsWithDollar(value));
  if (isPlain) return key;
  const equal = rawDocument(rawElement(type, "$eq", value));
  return rawDocument(rawElement(BSON_TYPE.document, "_id", equal));
}

function beginsWithDollar(document: Uint8Array): boolean {
  return document[FIRST_NAME_OFFSET] === DOLLAR;
}
