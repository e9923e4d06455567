/** Writes net changes of a window: each can be repeated, and meets whatever is there. */
import { OperationError } from "../base/errors.ts";
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { WriteTarget } from "../ports.ts";
import { deleteKeys } from "./delete-keys.ts";
import { documentSequence } from "./document-sequence.ts";
import { insertDocuments, runUnvalidated, type WriteDestination } from "./insert-documents.ts";
import { BSON_TYPE } from "./raw-document.ts";
import { keyOfDocument } from "./raw-bson.ts";
import { refuseErrors, type WriteError } from "./run-write.ts";
import { insertMissing } from "./write-capped.ts";
import { replaceStatements } from "./write-statements.ts";

/** Of `_id`, which a replacement may not change. */
const IMMUTABLE_FIELD = 66;

/** Inserts documents that are new; one that is there all the same is replaced. */
export async function insertOrReplace(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  const present =
    target.isOrdered === true
      ? await insertMissing(destination, target, documents)
      : await insertUnordered(destination, target, documents);
  if (present.length > 0) await upsertDocuments(destination, target, present);
}

/** @returns Those that were there already. An ordered insertion would stop at the first. */
async function insertUnordered(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const found = await insertDocuments(destination, target, Buffer.concat(documents));
  return found.size === 0 ? [] : documents.filter((_, position) => found.has(position));
}

/**
 * Puts each document in the place of what its key has, or inserts it. Under a collation, servers refuse to replace `a` by `A`: what is
 * there then goes first.
 */
export async function upsertDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  const isOrdered = target.isOrdered === true;
  for (let left = documents; left.length > 0;) {
    const errors = await tryToUpsert(destination, target, left);
    const others = errors.filter(({ code }) => code !== IMMUTABLE_FIELD);
    refuseErrors(target.namespace, others, left);
    const refused = errors.flatMap(({ index }) => left[index] ?? []);
    if (refused.length > 0) {
      await deleteKeys(destination, target, refused.map(keyOfDocument));
      const found = await insertDocuments(destination, target, Buffer.concat(refused));
      if (found.size > 0) throw isThereAgain(target);
    }
    // An ordered command has ended at the first of them.
    const [first] = errors;
    left = isOrdered && first !== undefined ? left.slice(first.index + 1) : [];
  }
}

function isThereAgain({ namespace }: WriteTarget): OperationError {
  return new OperationError({
    operation: "replace documents",
    object: formatNamespace(namespace),
    isRetryable: true,
    hint: "Something else may write to this collection",
    cause: new Error("a document is there again that was deleted just now"),
  });
}

async function tryToUpsert(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<readonly WriteError[]> {
  const { keepsEmptyTimestamps } = destination;
  const statements = replaceStatements(documents, (document) =>
    needsLiteral(document, keepsEmptyTimestamps),
  );
  return runUnvalidated(destination, target, {
    update: target.namespace.coll,
    updates: documentSequence("updates", statements),
    ordered: target.isOrdered === true,
    ...(keepsEmptyTimestamps ? { bypassEmptyTsReplacement: true } : {}),
  });
}

const DOLLAR = 0x24;
const DOT = 0x2e;

/**
 * Whether a plain replacement would not keep the document as it is: servers take a name with `$` for an operator, older ones
 * refuse dots, and some replace an empty timestamp.
 */
function needsLiteral(document: Uint8Array, keepsEmptyTimestamps: boolean): boolean {
  const view = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  const end = view.length - 1;
  for (let offset = 4; offset < end;) {
    const type = view[offset] ?? 0;
    if (view[offset + 1] === DOLLAR) return true;
    // Names are short: a loop here is faster than a call that searches.
    let value = offset + 1;
    for (let character = view[value]; character !== 0; character = view[++value]) {
      if (character === DOT) return true;
    }
    value++;
    const isEmptyTimestamp = type === BSON_TYPE.timestamp && view.readBigInt64LE(value) === 0n;
    if (isEmptyTimestamp && !keepsEmptyTimestamps) return true;
    offset = value + bsonValueBytes(view, type, value);
  }
  return false;
}
