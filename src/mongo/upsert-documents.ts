/** Writes net changes of a window: each can be repeated, and meets whatever is there. */
import type { ClientSession } from "mongodb";
import { bsonValueBytes } from "../base/bson-value-bytes.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import {
  guardOf,
  insertDocuments,
  runUnvalidated,
  type WriteDestination,
} from "./insert-documents.ts";
import { operation } from "./operation-error.ts";
import { BSON_TYPE } from "./raw-document.ts";
import { refuseErrors, runWrite } from "./run-write.ts";
import { insertMissing } from "./write-capped.ts";
import { deleteStatements, replaceStatements } from "./write-statements.ts";

const MAJORITY = { w: "majority" } as const;

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

/** Puts each document in the place of what its key has, or inserts it. */
export async function upsertDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  const { keepsEmptyTimestamps } = destination;
  const statements = replaceStatements(documents, (document) =>
    needsLiteral(document, keepsEmptyTimestamps),
  );
  const command = {
    update: target.namespace.coll,
    updates: documentSequence("updates", statements),
    ordered: target.isOrdered === true,
    ...(keepsEmptyTimestamps ? { bypassEmptyTsReplacement: true } : {}),
  };
  refuseErrors(target.namespace, await runUnvalidated(destination, target, command), documents);
}

/** Keys that are not there count as deleted. */
export async function deleteKeys(
  destination: WriteDestination,
  target: WriteTarget,
  keys: readonly DocumentKey[],
  session?: ClientSession,
): Promise<void> {
  const { namespace } = target;
  const command = {
    delete: namespace.coll,
    deletes: documentSequence("deletes", deleteStatements(keys)),
    ordered: false,
    ...guardOf(destination, target),
  };
  refuseErrors(namespace, await runWrite(destination.client, namespace, command, session), keys);
}

/** Deletes the keys and inserts the documents, in one transaction: what is there keeps no form of its key. */
export async function exchangeDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  keys: readonly DocumentKey[],
  documents: readonly Uint8Array[],
): Promise<void> {
  // Servers refuse transactions on capped collections, where one writer works alone.
  if (target.isOrdered === true) {
    await deleteKeys(destination, target, keys);
    if (documents.length > 0) await upsertDocuments(destination, target, documents);
    return;
  }
  const { namespace } = target;
  await operation("exchange documents", namespace, async () =>
    destination.client.withSession(async (session) =>
      session.withTransaction(
        async () => {
          await deleteKeys(destination, target, keys, session);
          if (documents.length === 0) return;
          await insertDocuments(destination, target, Buffer.concat(documents), session);
        },
        { writeConcern: MAJORITY },
      ),
    ),
  );
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
