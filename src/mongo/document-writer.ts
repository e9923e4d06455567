/**
 * Writes raw batches. Guarantees: on return every document of the batch is at the destination, majority-acknowledged
 * (I2), byte for byte; a document whose key was there already has been replaced, so writing a batch twice is harmless.
 */
import { type ClientSession, type Document, type MongoClient, MongoServerError } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { DocumentBatch, DocumentKey, WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import { decodeFields } from "./exact-bson.ts";
import { isRetryableCode, operation } from "./operation-error.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";
import { readAllRaw } from "./raw-cursor.ts";

const DUPLICATE_KEY = 11_000;
const UNAUTHORIZED = 13;
const MAJORITY = { w: "majority" } as const;
/** Documents replaced in one transaction. */
const MOST_REPLACED = 500;

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
  await write(destination, target, batch.bytes);
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
  const existing = await readExisting(destination.client, target.namespace, batch, max);
  const missing: Uint8Array[] = [];
  const different: Uint8Array[] = [];
  for (const document of splitDocuments(batch.bytes)) {
    const found = existing.get(keyText(document));
    if (found === undefined) missing.push(document);
    else if (Buffer.compare(found, document) !== 0) different.push(document);
  }
  if (different.length > 0) await replace(destination, target, different);
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
  const documents = await readAllRaw(client, {
    operation: "read documents",
    namespace,
    command: {
      find: namespace.coll,
      filter: {},
      hint: { _id: 1 },
      min: decodeFields(keyOfDocument(first.value)),
      ...(max === null ? {} : { max: decodeFields(max) }),
      limit: batch.documentCount,
      batchSize: batch.documentCount,
      readConcern: { level: "majority" },
    },
  });
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
  const duplicates = await insertUnvalidated(destination, target, bytes);
  if (duplicates.size === 0) return;
  const documents = [...splitDocuments(bytes)].filter((_, index) => duplicates.has(index));
  await replace(destination, target, documents);
}

function meanwhileWritten(namespace: Namespace): OperationError {
  return new OperationError({
    operation: "replace documents",
    object: formatNamespace(namespace),
    isRetryable: true,
    hint: "Something else writes to this collection",
    cause: new Error("documents that were taken away are there again"),
  });
}

/** In transactions: at no moment is a document that was there away, whatever happens to this process. */
async function replace(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  for (let from = 0; from < documents.length; from += MOST_REPLACED) {
    const some = documents.slice(from, from + MOST_REPLACED);
    await operation("replace documents", target.namespace, async () =>
      destination.client.withSession(async (session) =>
        session.withTransaction(
          async () => {
            await removeKeys(destination.client, target.namespace, some, session);
            const again = await insertUnvalidated(
              destination,
              target,
              Buffer.concat(some),
              session,
            );
            if (again.size > 0) throw meanwhileWritten(target.namespace);
          },
          { writeConcern: MAJORITY },
        ),
      ),
    );
  }
}

/**
 * Data may break the collection's validator. Bypassing it needs more than `readWrite`; without that right documents are
 * inserted as any client would, and only one that breaks the validator is refused.
 */
async function insertUnvalidated(
  destination: WriteDestination,
  target: WriteTarget,
  documents: Uint8Array,
  session?: ClientSession,
): Promise<ReadonlySet<number>> {
  if (!target.hasValidator || !destination.mayBypassValidation) {
    return insert(destination, target, documents, {}, session);
  }
  const bypass = { bypassDocumentValidation: true };
  try {
    return await insert(destination, target, documents, bypass, session);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    destination.mayBypassValidation = false;
    if (session === undefined) return insert(destination, target, documents, {});
    // The refusal has ended the transaction; a new one goes without.
    throw new OperationError({
      operation: "replace documents",
      object: formatNamespace(target.namespace),
      isRetryable: true,
      cause: error,
    });
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
  session?: ClientSession,
): Promise<ReadonlySet<number>> {
  const command = {
    insert: target.namespace.coll,
    documents: documentSequence("documents", documents),
    ordered: false,
    ...options,
    ...(keepsEmptyTimestamps ? { bypassEmptyTsReplacement: true } : {}),
  };
  const reply = await runWrite(client, target.namespace, command, session);
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
  session: ClientSession,
): Promise<void> {
  const deletes = documents.map((document) => {
    const id = decodeFields(keyOfDocument(document)).get("_id");
    return { q: { _id: { $eq: id } }, limit: 1 };
  });
  const command = { delete: namespace.coll, deletes, ordered: false };
  const reply = await runWrite(client, namespace, command, session);
  const errors = (reply.writeErrors ?? []) as readonly WriteError[];
  if (errors[0] !== undefined) throw writeFailure(namespace, errors[0]);
}

/** Errors of single writes and of the write concern come in a reply that is `ok`: nothing throws by itself. */
async function runWrite(
  client: MongoClient,
  namespace: Namespace,
  command: Document,
  session?: ClientSession,
): Promise<Document> {
  return operation("write documents", namespace, async () => {
    const db = client.db(namespace.db);
    // A transaction has one write concern, given when it is committed.
    const reply =
      session === undefined
        ? await db.command({ ...command, writeConcern: MAJORITY })
        : await db.command(command, { session });
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
