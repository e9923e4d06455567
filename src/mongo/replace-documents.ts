/** Replaces documents that are at the target in another form. */
import type { ClientSession } from "mongodb";
import { BugError, OperationError } from "../base/errors.ts";
import { formatNamespace, type Namespace, FUNCTIONS } from "../model/namespace.ts";
import type { WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import { insertDocuments, putDocuments, type WriteDestination } from "./insert-documents.ts";
import { operation } from "./operation-error.ts";
import { refuseErrors, runWrite } from "./run-write.ts";
import { deleteStatements } from "./write-statements.ts";

/** Documents replaced in one transaction. */
const MOST_REPLACED = 500;

/** At no moment is a document that was there away, whatever happens to this process. */
export async function replaceDocuments(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  // Servers refuse transactions on system collections (code 50791).
  if (target.namespace.coll === FUNCTIONS) {
    await putDocuments(destination, target, documents);
    return;
  }
  for (let from = 0; from < documents.length; from += MOST_REPLACED) {
    await replaceTogether(destination, target, documents.slice(from, from + MOST_REPLACED));
  }
}

/**
 * Deletes and inserts in one transaction. A replacement would keep the old form of a key that is equal, but not in its bytes,
 * such as 1 and 1.0.
 */
async function replaceTogether(
  destination: WriteDestination,
  target: WriteTarget,
  documents: readonly Uint8Array[],
): Promise<void> {
  const { sessions } = destination;
  if (sessions === null) throw new BugError("documents are replaced by holders of the lease");
  const replace = async (session: ClientSession): Promise<void> => {
    await removeKeys(destination, target.namespace, documents, session);
    const bytes = Buffer.concat(documents);
    const again = await insertDocuments(destination, target, bytes, session);
    if (again.size > 0) throw meanwhileWritten(target.namespace);
  };
  await operation("replace documents", target.namespace, async () => sessions.transact(replace));
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

async function removeKeys(
  destination: WriteDestination,
  namespace: Namespace,
  documents: readonly Uint8Array[],
  session: ClientSession,
): Promise<void> {
  const deletes = documentSequence("deletes", deleteStatements(documents));
  const command = { delete: namespace.coll, deletes, ordered: false };
  const errors = await runWrite(destination, namespace, command, session);
  refuseErrors(namespace, errors, documents);
}
