/** Inserts runs of raw documents so that every byte stays, and names the document that a server refuses. */
import { type ClientSession, type Document, MongoServerError, UUID } from "mongodb";
import { OperationError } from "../base/errors.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import { findEmptyTimestamps } from "./empty-timestamps.ts";
import { describeKey } from "./exact-bson.ts";
import { keyOfDocument, splitDocuments } from "./raw-bson.ts";
import { refuseErrors, runWrite, type WriteError, type Writer } from "./run-write.ts";
import { putStatement } from "./write-statements.ts";

const DUPLICATE_KEY = 11_000;
/**
 * What clustered collections of 6.0 say of an `_id` that is there already, where it is a number that is not whole, or no number
 * (tried on 6.0.5 and 6.0.27). Should it mean anything else, the replacement that follows fails, too.
 */
const CLUSTERED_DUPLICATES: ReadonlySet<number> = new Set([50_810, 50_819, 50_825]);
const UNAUTHORIZED: ReadonlySet<number> = new Set([13]);
/** Overflow: too deep; InvalidBSON; NonConformantBSON: a malformed column, which 6.0.27 looks at and 6.0.5 does not. */
const NOT_BSON: ReadonlySet<number> = new Set([15, 22, 378]);
const NONE: ReadonlySet<number> = new Set();

export interface WriteDestination extends Writer {
  /** Databases in which the account may not bypass validation; found out by trying. */
  readonly validatedDatabases: Set<string>;
  /** Whether the server compares the UUID that a write names (from 6.0 on). */
  readonly comparesUuids: boolean;
  /** Whether the server knows `bypassEmptyTsReplacement`. */
  readonly keepsEmptyTimestamps: boolean;
}

/** Inserts a run of documents; returns the positions of those whose `_id` exists already. */
export async function insertDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
  session?: ClientSession,
): Promise<ReadonlySet<number>> {
  const special = destination.keepsEmptyTimestamps ? NONE : findEmptyTimestamps(bytes);
  if (special.size === 0) return insert(destination, target, bytes, session);
  const documents = [...splitDocuments(bytes)];
  const positions = [...documents.keys()];
  const plain = positions.filter((position) => !special.has(position));
  const at = (position: number): Uint8Array => documents[position] ?? Buffer.alloc(0);
  const found =
    plain.length === 0
      ? NONE
      : await insert(destination, target, Buffer.concat(plain.map(at)), session);
  await putDocuments(destination, target, [...special].map(at), session);
  return new Set([...found].map((index) => plain[index] ?? index));
}

/** The same in the order given, up to the first that exists. Servers that change empty timestamps change them here. */
export async function insertOrdered(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
): Promise<ReadonlySet<number>> {
  return insert(destination, target, bytes);
}

/** Puts each document in the place of what its key has, or inserts it; see `putStatement`. */
export async function putDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
  session?: ClientSession,
): Promise<void> {
  const { namespace } = target;
  const command = {
    update: namespace.coll,
    updates: documentSequence("updates", Buffer.concat(documents.map(putStatement))),
    ordered: false,
  };
  const errors = await runUnvalidated(destination, target, command, session);
  refuseErrors(namespace, errors, documents);
}

async function insert(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
  session?: ClientSession,
): Promise<ReadonlySet<number>> {
  try {
    return await insertAtOnce(destination, target, bytes, session);
  } catch (error) {
    // In a transaction nothing can follow on an error.
    if (session !== undefined || !hasCode(error, NOT_BSON)) throw error;
    return insertInHalves(destination, target, bytes, error);
  }
}

/** A server that takes a document for no BSON refuses its whole command; this ends at the document, to name it. */
async function insertInHalves(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
  error: unknown,
): Promise<ReadonlySet<number>> {
  const documents = [...splitDocuments(bytes)];
  const [only] = documents;
  if (documents.length === 1 && only !== undefined) throw refusal(target, only, error);
  const middle = Math.floor(documents.length / 2);
  const left = Buffer.concat(documents.slice(0, middle));
  const right = Buffer.concat(documents.slice(middle));
  const before = await insert(destination, target, left);
  // What follows on a document that was refused must wait, where the order counts.
  if (target.isOrdered && before.size > 0) return before;
  const behind = await insert(destination, target, right);
  return new Set([...before, ...[...behind].map((index) => index + middle)]);
}

function refusal({ namespace }: WriteTarget, document: Uint8Array, cause: unknown): OperationError {
  return new OperationError({
    operation: "write documents",
    object: formatNamespace(namespace),
    isRetryable: false,
    hint: "This version of the server does not take a document that the source holds; change or delete it there",
    key: describeKey(keyOfDocument(document)),
    // The server's own text quotes the _id, and causes are stored with the state.
    cause: new Error(codeText(cause)),
  });
}

function codeText(error: unknown): string {
  const cause = error instanceof OperationError ? error.cause : error;
  if (!(cause instanceof MongoServerError)) return "the document is refused";
  return `the document is refused (code ${cause.code}, ${cause.codeName ?? "no name"})`;
}

async function insertAtOnce(
  destination: WriteDestination,
  target: WriteTarget,
  bytes: Uint8Array,
  session?: ClientSession,
): Promise<ReadonlySet<number>> {
  const command = {
    insert: target.namespace.coll,
    documents: documentSequence("documents", bytes),
    ordered: target.isOrdered === true,
    ...(destination.keepsEmptyTimestamps ? { bypassEmptyTsReplacement: true } : {}),
  };
  const errors = await runUnvalidated(destination, target, command, session);
  const others = errors.filter((error) => !isDuplicateId(error));
  refuseErrors(target.namespace, others, splitDocuments(bytes));
  return new Set(errors.map((error) => error.index));
}

function isDuplicateId(error: WriteError): boolean {
  if (CLUSTERED_DUPLICATES.has(error.code)) return true;
  if (error.code !== DUPLICATE_KEY) return false;
  const pattern = Object.keys(error.keyPattern ?? { _id: 1 });
  return pattern.length === 1 && pattern[0] === "_id";
}

/**
 * Data may break the collection's validator. Bypassing it needs more than `readWrite`; without that right documents are
 * written as any client would, and only one that breaks the validator is refused.
 */
export async function runUnvalidated(
  destination: WriteDestination,
  target: WriteTarget,
  unguarded: Document,
  session?: ClientSession,
): Promise<readonly WriteError[]> {
  const { namespace, hasValidator } = target;
  const command = { ...unguarded, ...guardOf(destination, target) };
  if (!hasValidator || destination.validatedDatabases.has(namespace.db)) {
    return runWrite(destination, namespace, command, session);
  }
  try {
    const bypassing = { ...command, bypassDocumentValidation: true };
    return await runWrite(destination, namespace, bypassing, session);
  } catch (error) {
    if (!hasCode(error, UNAUTHORIZED)) throw error;
    destination.validatedDatabases.add(namespace.db);
    if (session === undefined) return runWrite(destination, namespace, command);
    // The refusal has ended the transaction; a new one goes without.
    throw new OperationError({
      operation: "replace documents",
      object: formatNamespace(namespace),
      isRetryable: true,
      cause: error,
    });
  }
}

/** Has the server refuse a write to any other collection than the one meant (I8). */
export function guardOf({ comparesUuids }: WriteDestination, { uuid }: WriteTarget): Document {
  return comparesUuids && uuid !== undefined ? { collectionUUID: new UUID(uuid) } : {};
}

function hasCode(error: unknown, codes: ReadonlySet<number>): boolean {
  return (
    error instanceof OperationError &&
    error.cause instanceof MongoServerError &&
    codes.has(Number(error.cause.code))
  );
}
