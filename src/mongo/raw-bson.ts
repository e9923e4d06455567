/**
 * Walking raw BSON without decoding documents. Layout: https://bsonspec.org/spec.html
 *
 * A document is `int32 length, elements, 0`; an element is `type byte, name, 0, value`. An array is a document
 * whose names are "0", "1", ….
 */
import { BSON } from "mongodb";
import { BugError } from "../base/errors.ts";
import type { DocumentKey } from "../model/document-key.ts";

const LENGTH_BYTES = 4;

/** Type, offset of the name, its length, offset of the value, its length. */
type Element = [number, number, number, number, number];

function elementsOf(document: Uint8Array): Iterable<Element> {
  return BSON.onDemand.parseToElements(document) as Iterable<Element>;
}

/** Documents of one reply, end to end in one buffer. */
export interface RawBatch {
  readonly bytes: Uint8Array;
  readonly documentCount: number;
  /** The last of them, a view of `bytes`. */
  readonly lastDocument: Uint8Array;
}

/** What a reply of `find`, `aggregate` or `getMore` carries in its `cursor` field. */
export interface RawCursorReply {
  /** Zero when the cursor is exhausted. */
  readonly cursorId: bigint;
  /** Null where the reply holds no document. */
  readonly batch: RawBatch | null;
  /** A copy of a change stream's token for what comes behind this reply; null for other cursors. */
  readonly resumeToken: Uint8Array | null;
}

/**
 * Reads a raw `cursor` field and moves its documents together, in place, into one run of whole documents.
 * The bytes of `cursor` are changed and belong to the returned batch.
 */
export function takeCursorReply(cursor: Buffer): RawCursorReply {
  let cursorId = 0n;
  let documents: Buffer | null = null;
  let resumeToken: Uint8Array | null = null;
  for (const [, nameOffset, nameLength, offset, length] of elementsOf(cursor)) {
    const name = cursor.toString("latin1", nameOffset, nameOffset + nameLength);
    if (name === "id") cursorId = cursor.readBigInt64LE(offset);
    if (name === "firstBatch" || name === "nextBatch") {
      documents = cursor.subarray(offset, offset + length);
    }
    if (name === "postBatchResumeToken") {
      resumeToken = Uint8Array.prototype.slice.call(cursor, offset, offset + length);
    }
  }
  if (documents === null) throw new BugError("A cursor reply has neither firstBatch nor nextBatch");
  return { cursorId, batch: compactDocuments(documents), resumeToken };
}

/** Removes the element headers of a BSON array of documents, in place. */
function compactDocuments(array: Buffer): RawBatch | null {
  const end = array.length - 1;
  let readOffset = LENGTH_BYTES;
  let writeOffset = 0;
  let lastOffset = 0;
  let documentCount = 0;
  while (readOffset < end) {
    readOffset++; // the element's type
    while (array[readOffset] !== 0) readOffset++;
    readOffset++;
    const documentBytes = array.readInt32LE(readOffset);
    array.copyWithin(writeOffset, readOffset, readOffset + documentBytes);
    lastOffset = writeOffset;
    writeOffset += documentBytes;
    readOffset += documentBytes;
    documentCount++;
  }
  if (documentCount === 0) return null;
  const bytes = array.subarray(0, writeOffset);
  return { bytes, documentCount, lastDocument: bytes.subarray(lastOffset) };
}

/**
 * Copies a document's `_id` element into a document of its own. Servers put `_id` first when they store a
 * document, but data of very old versions may have it elsewhere.
 */
export function keyOfDocument(document: Uint8Array): DocumentKey {
  const view = asBuffer(document);
  for (const [, nameOffset, nameLength, offset, length] of elementsOf(document)) {
    if (nameLength !== 3 || view.toString("latin1", nameOffset, nameOffset + 3) !== "_id") continue;
    const element = document.subarray(nameOffset - 1, offset + length);
    const key = Buffer.alloc(LENGTH_BYTES + element.length + 1);
    key.writeInt32LE(key.length, 0);
    key.set(element, LENGTH_BYTES);
    return key;
  }
  throw new BugError("A stored document has no _id");
}

/** Yields each document of a run of whole documents, as views of the same memory. */
export function* splitDocuments(bytes: Uint8Array): Generator<Uint8Array> {
  const view = asBuffer(bytes);
  for (let offset = 0; offset < view.length;) {
    const length = view.readInt32LE(offset);
    yield bytes.subarray(offset, offset + length);
    offset += length;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
