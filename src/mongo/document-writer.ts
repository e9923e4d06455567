/**
 * Writes raw batches. Guarantees: on return every document of the batch is at the destination, majority-acknowledged
 * (I2), byte for byte; a document whose key was there already has been replaced, so writing a batch twice is harmless.
 */
import type { MongoClient } from "mongodb";
import type { Namespace } from "../model/namespace.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { DocumentBatch, WriteTarget } from "../ports.ts";
import { insertDocuments, type WriteDestination } from "./insert-documents.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";
import { rangeReads } from "./range-bounds.ts";
import { readAllRaw } from "./raw-cursor.ts";
import { replaceDocuments } from "./replace-documents.ts";
import { rewriteCapped, writeCapped } from "./write-capped.ts";

export async function writeBatch(
  destination: WriteDestination,
  target: WriteTarget,
  batch: DocumentBatch,
): Promise<void> {
  if (target.isOrdered === true) await writeCapped(destination, target, batch);
  else await write(destination, target, batch.bytes);
}

/**
 * Writes a batch of which some documents may be there. Equal ones are left alone: answers about a hundred thousand
 * duplicates do not fit a server's reply, and a document that is never taken away cannot be lost.
 */
export async function rewriteBatch(
  destination: WriteDestination,
  target: WriteTarget,
  batch: DocumentBatch,
  max: DocumentKey | null,
): Promise<void> {
  if (target.isOrdered === true) return rewriteCapped(destination, target, batch);
  const existing = await readExisting(destination.client, target.namespace, batch, max);
  const missing: Uint8Array[] = [];
  const different: Uint8Array[] = [];
  for (const document of splitDocuments(batch.bytes)) {
    const found = existing.get(keyText(document));
    if (found === undefined) missing.push(document);
    else if (Buffer.compare(found, document) !== 0) different.push(document);
  }
  if (different.length > 0) await replaceDocuments(destination, target, different);
  if (missing.length > 0) await write(destination, target, Buffer.concat(missing));
}

/**
 * What the target holds from the batch's first key on, as far as a majority has it: at most as many documents as the batch
 * has, which covers the batch, since nothing but the partition's own documents lies in between.
 */
async function readExisting(
  client: MongoClient,
  namespace: Namespace,
  batch: DocumentBatch,
  max: DocumentKey | null,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const first = splitDocuments(batch.bytes).next();
  if (first.done === true) return new Map();
  const documents: Uint8Array[] = [];
  for (const read of rangeReads(namespace, { min: keyOfDocument(first.value), max }, {})) {
    const command = {
      find: namespace.coll,
      ...read,
      limit: batch.documentCount,
      batchSize: batch.documentCount,
      readConcern: { level: "majority" },
    };
    const request = { operation: "read documents", namespace, command };
    documents.push(...(await readAllRaw(client, request)));
  }
  return new Map(documents.map((document) => [keyText(document), document]));
}

function keyText(document: Uint8Array): string {
  return Buffer.from(keyOfDocument(document)).toString("latin1");
}

/** Inserts; a document that is there all the same, such as one that no majority had yet, is replaced. */
async function write(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
): Promise<void> {
  const duplicates = await insertDocuments(destination, target, bytes);
  if (duplicates.size === 0) return;
  const documents = [...splitDocuments(bytes)].filter((_, index) => duplicates.has(index));
  await replaceDocuments(destination, target, documents);
}
