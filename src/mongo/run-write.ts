/** Sends write commands and finds the errors in their replies. */
import type { ClientSession, Document, MongoClient } from "mongodb";
import { DocumentsRefusedError, OperationError } from "../base/errors.ts";
import { formatNamespace, FUNCTIONS, type Namespace } from "../model/namespace.ts";
import { describeKey } from "./exact-bson.ts";
import { isRetryableCode, mayPass, operation, REPLACED_MEANWHILE } from "./operation-error.ts";
import { keyOfDocument } from "./raw-bson.ts";
import type { WriteSessions } from "./write-sessions.ts";

const MAJORITY = { w: "majority" } as const;
const UUID_MISMATCH = 361;
const REFUSED =
  "Something that the collection has at the destination, such as an index over geometries or arrays, does not take what the document holds: drop it there, if the source has it no more";
/** DocumentValidationFailure, CollectionUUIDMismatch. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [
    121,
    "The document breaks the collection's validator, and the account may not bypass it: grant it the role dbAdmin on this database",
  ],
  [UUID_MISMATCH, REPLACED_MEANWHILE],
]);
const DUPLICATE_KEY = 11_000;

export interface Writer {
  readonly client: MongoClient;
  /** Null: a write that was cut off may be carried out late. */
  readonly sessions: Pick<WriteSessions, "run" | "runTogether" | "transact"> | null;
}

export interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string;
  readonly keyPattern?: Document;
}

/**
 * Runs a write command; returns the errors of single statements. These, and that of the write concern, come in a reply that
 * is `ok`: nothing throws by itself.
 */
export async function runWrite(
  { client, sessions }: Writer,
  namespace: Namespace,
  command: Document,
  session?: ClientSession,
): Promise<readonly WriteError[]> {
  return operation("write documents", namespace, async () => {
    const acknowledged = { ...command, writeConcern: MAJORITY };
    const run = async (): Promise<Document> => {
      // A transaction has one write concern, given when it is committed.
      if (session !== undefined) return client.db(namespace.db).command(command, { session });
      if (sessions === null) return client.db(namespace.db).command(acknowledged);
      if (isFasterTogether(command)) return sessions.runTogether(namespace.db, command);
      return sessions.run(namespace.db, acknowledged);
    };
    const reply = await run();
    const concern: unknown = reply.writeConcernError;
    if (concern !== undefined) {
      throw new OperationError(failureOf(namespace, concern as WriteError, "other"));
    }
    return (reply.writeErrors ?? []) as readonly WriteError[];
  });
}

/**
 * Servers carry out inserts together by themselves. What needs an order is of capped collections, which they keep out of transactions,
 * as they do system collections (codes 263, 50791).
 */
function isFasterTogether(command: Document): boolean {
  return (
    !("insert" in command) &&
    command["ordered"] === false &&
    command["delete"] !== FUNCTIONS &&
    command["update"] !== FUNCTIONS
  );
}

/**
 * Fails where there are errors: with the first that is not of a document, or with all documents that are refused.
 *
 * @param documents - What was written, in the order of the statements.
 */
export function refuseErrors(
  namespace: Namespace,
  errors: readonly WriteError[],
  documents: Iterable<Uint8Array>,
): void {
  const [first] = errors;
  if (first === undefined) return;
  const other = errors.find((error) => !isOfDocument(error));
  if (other !== undefined) throw new OperationError(failureOf(namespace, other, "other"));
  const positions = new Set(errors.map(({ index }) => index));
  const refused = [...documents].filter((_, position) => positions.has(position));
  const [document] = refused;
  if (document === undefined) throw new OperationError(failureOf(namespace, first, "other"));
  const { isRetryable: _, mayPass: __, ...failure } = failureOf(namespace, first, "document");
  const key = describeKey(keyOfDocument(document));
  throw new DocumentsRefusedError({ ...failure, key }, refused);
}

function isOfDocument({ code }: WriteError): boolean {
  return !isRetryableCode(code) && !mayPass(code) && code !== UUID_MISMATCH;
}

/** @param about - The server's text about a document may quote its values, and causes are stored with the state. */
function failureOf(namespace: Namespace, error: WriteError, about: "document" | "other") {
  const hint = HINTS.get(error.code) ?? (about === "document" ? REFUSED : undefined);
  const text = about === "document" ? textOfRefusal(error) : (error.errmsg ?? "no message");
  return {
    operation: "write documents",
    object: formatNamespace(namespace),
    isRetryable: isRetryableCode(error.code),
    mayPass: mayPass(error.code),
    cause: new Error(`${text} (code ${error.code})`),
    ...(hint === undefined ? {} : { hint }),
  };
}

function textOfRefusal({ code, keyPattern }: WriteError): string {
  if (code === DUPLICATE_KEY) return `duplicate key in ${JSON.stringify(keyPattern ?? {})}`;
  return "the document is refused";
}
