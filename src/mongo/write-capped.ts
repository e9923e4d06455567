/** Writes to capped collections. Guarantees: documents are inserted in the order of the batches, each once. */
import { OperationError } from "../base/errors.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { DocumentBatch, WriteTarget } from "../ports.ts";
import { deleteKeys } from "./delete-keys.ts";
import { findEmptyTimestamps } from "./empty-timestamps.ts";
import { decodeKey } from "./exact-bson.ts";
import { insertOrdered, putDocuments, type WriteDestination } from "./insert-documents.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";

/** Keys looked up in one query: its text stays far below what a command may hold. */
const MOST_LOOKED_UP = 1_000;

export async function writeCapped(
  destination: WriteDestination,
  target: WriteTarget,
  batch: DocumentBatch,
): Promise<void> {
  await insertRuns(destination, target, [...splitDocuments(batch.bytes)]);
}

/** An ordered insertion that was cut leaves the first documents of its batch: those that are missing follow on them. */
export async function rewriteCapped(
  destination: WriteDestination,
  target: WriteTarget,
  batch: DocumentBatch,
): Promise<void> {
  await insertMissing(destination, target, [...splitDocuments(batch.bytes)]);
}

/**
 * A key that is there in another form, such as 1 for 1.0, goes first: the source has let go of it without telling.
 *
 * @returns Those that were there already.
 */
export async function insertMissing(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const found = await readPresent(destination, target, documents);
  const wanted = new Set(documents.map(keyText));
  const others = found.filter((document) => !wanted.has(keyText(document)));
  if (others.length > 0) await deleteKeys(destination, target, others.map(keyOfDocument));
  const present = new Set(found.map(keyText));
  const isPresent = (document: Uint8Array): boolean => present.has(keyText(document));
  const missing = documents.filter((document) => !isPresent(document));
  if (missing.length > 0) await insertRuns(destination, target, missing);
  return documents.filter(isPresent);
}

/** Documents with an empty timestamp are put one by one where inserting would change them, without changing the order. */
async function insertRuns(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  const bytes = Buffer.concat(documents);
  const special = destination.keepsEmptyTimestamps ? new Set<number>() : findEmptyTimestamps(bytes);
  let run: Uint8Array[] = [];
  const flush = async (): Promise<void> => {
    if (run.length > 0) await insertRun(destination, target, Buffer.concat(run));
    run = [];
  };
  for (const [position, document] of documents.entries()) {
    if (!special.has(position)) {
      run.push(document);
      continue;
    }
    await flush();
    await putDocuments(destination, target, [document]);
  }
  await flush();
}

async function insertRun(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
): Promise<void> {
  const duplicates = await insertOrdered(destination, target, bytes);
  if (duplicates.size === 0) return;
  throw new OperationError({
    operation: "write documents",
    object: formatNamespace(target.namespace),
    // One that no majority had yet when it was looked for; a later look finds it.
    isRetryable: true,
    hint: "Something else may write to this collection",
    cause: new Error("a document is there already"),
  });
}

async function readPresent(
  { client }: WriteDestination,
  { namespace }: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const present: Uint8Array[] = [];
  for (let from = 0; from < documents.length; from += MOST_LOOKED_UP) {
    const some = documents.slice(from, from + MOST_LOOKED_UP);
    const ids = some.map((document) => decodeKey(keyOfDocument(document)).get("_id"));
    const found = await readAllRaw(client, {
      operation: "read documents",
      namespace,
      command: {
        find: namespace.coll,
        filter: { _id: { $in: ids } },
        projection: { _id: 1 },
        readConcern: { level: "majority" },
      },
    });
    present.push(...found);
  }
  return present;
}

function keyText(document: Uint8Array): string {
  return Buffer.from(keyOfDocument(document)).toString("latin1");
}
