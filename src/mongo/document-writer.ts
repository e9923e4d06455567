/**
 * Writes raw batches. Guarantees: on return every document of the batch is at the destination, majority-acknowledged
 * (I2), byte for byte; a document whose key was there already has been replaced, so writing a batch twice is harmless.
 */
import { type Document, type MongoClient, MongoServerError } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { DocumentBatch, WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import { decodeFields } from "./exact-bson.ts";
import { isRetryableCode, operation } from "./operation-error.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";

const DUPLICATE_KEY = 11_000;
const UNAUTHORIZED = 13;
const MAJORITY = { w: "majority" } as const;

export interface WriteDestination {
  readonly client: MongoClient;
  /** Whether the account may bypass validation; found out by trying. */
  mayBypassValidation: boolean;
  /** Whether the server knows `bypassEmptyTsReplacement`. */
  readonly keepsEmptyTimestamps: boolean;
}

/**
 * Servers replace an empty `Timestamp(0,0)` at a document's top level by the current time, unless asked not to.
 * Source: SERVER-88750, in 5.0.29, 6.0.17, 7.0.13 and 8.0.
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

interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string;
  readonly keyPattern?: Document;
}

export async function writeBatch(
  destination: WriteDestination,
  target: WriteTarget,
  batch: DocumentBatch,
): Promise<void> {
  const { client } = destination;
  const duplicates = await insertUnvalidated(destination, target, batch.bytes);
  if (duplicates.size === 0) return;
  const documents = [...splitDocuments(batch.bytes)].filter((_, index) => duplicates.has(index));
  await removeKeys(client, target.namespace, documents);
  const again = await insertUnvalidated(destination, target, Buffer.concat(documents));
  if (again.size === 0) return;
  throw new OperationError({
    operation: "write documents",
    object: formatNamespace(target.namespace),
    // Another writer put them back in between: a new try removes them again.
    isRetryable: true,
    hint: "Something else writes to this collection",
    cause: new Error(`${again.size} documents exist already`),
  });
}

/**
 * Data may break the collection's validator. Bypassing it needs more than `readWrite`; without that right documents are
 * inserted as any client would, and only one that breaks the validator is refused.
 */
async function insertUnvalidated(
  destination: WriteDestination,
  target: WriteTarget,
  documents: Uint8Array,
): Promise<ReadonlySet<number>> {
  if (!target.hasValidator || !destination.mayBypassValidation) {
    return insert(destination, target, documents, {});
  }
  try {
    return await insert(destination, target, documents, { bypassDocumentValidation: true });
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    destination.mayBypassValidation = false;
    return insert(destination, target, documents, {});
  }
}

function isUnauthorized(error: unknown): boolean {
  return (
    error instanceof OperationError &&
    error.cause instanceof MongoServerError &&
    error.cause.code === UNAUTHORIZED
  );
}

/** Inserts a run of documents; returns the positions of those whose `_id` exists already. */
async function insert(
  { client, keepsEmptyTimestamps }: WriteDestination,
  target: WriteTarget,
  documents: Uint8Array,
  options: Document,
): Promise<ReadonlySet<number>> {
  const command = {
    insert: target.namespace.coll,
    documents: documentSequence("documents", documents),
    ordered: false,
    ...options,
    ...(keepsEmptyTimestamps ? { bypassEmptyTsReplacement: true } : {}),
    writeConcern: MAJORITY,
  };
  const reply = await runWrite(client, target.namespace, command);
  const errors = (reply.writeErrors ?? []) as readonly WriteError[];
  const other = errors.find((error) => !isDuplicateId(error));
  if (other !== undefined) throw writeFailure(target.namespace, other);
  return new Set(errors.map((error) => error.index));
}

function isDuplicateId(error: WriteError): boolean {
  if (error.code !== DUPLICATE_KEY) return false;
  const pattern = Object.keys(error.keyPattern ?? { _id: 1 });
  return pattern.length === 1 && pattern[0] === "_id";
}

async function removeKeys(
  client: MongoClient,
  namespace: Namespace,
  documents: readonly Uint8Array[],
): Promise<void> {
  const deletes = documents.map((document) => {
    const id = decodeFields(keyOfDocument(document)).get("_id");
    return { q: { _id: { $eq: id } }, limit: 1 };
  });
  const command = { delete: namespace.coll, deletes, ordered: false, writeConcern: MAJORITY };
  const reply = await runWrite(client, namespace, command);
  const errors = (reply.writeErrors ?? []) as readonly WriteError[];
  if (errors[0] !== undefined) throw writeFailure(namespace, errors[0]);
}

/** Errors of single writes and of the write concern come in a reply that is `ok`: nothing throws by itself. */
async function runWrite(
  client: MongoClient,
  namespace: Namespace,
  command: Document,
): Promise<Document> {
  return operation("write documents", namespace, async () => {
    const reply = await client.db(namespace.db).command(command);
    const concern: unknown = reply.writeConcernError;
    if (concern !== undefined) throw writeFailure(namespace, concern as WriteError);
    return reply;
  });
}

function writeFailure(namespace: Namespace, error: WriteError): OperationError {
  return new OperationError({
    operation: "write documents",
    object: formatNamespace(namespace),
    isRetryable: isRetryableCode(error.code),
    cause: new Error(`${error.errmsg ?? "no message"} (code ${error.code})`),
  });
}
