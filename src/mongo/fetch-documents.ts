/** Reads documents by their keys, as they are now. */
import { type Document, type MongoClient, MongoServerError, UUID } from "mongodb";
import { OperationError } from "../base/errors.ts";
import type { Namespace } from "../model/namespace.ts";
import type { FetchRequest } from "../ports.ts";
import { decodeKey } from "./exact-bson.ts";
import { filterQuery } from "./filter-query.ts";
import { splitDocuments } from "./raw-bson.ts";
import { rawBatches } from "./raw-cursor.ts";
import { toTimestamp } from "./timestamp.ts";

const UUID_MISMATCH = 361;

/**
 * By the collection's UUID (servers from 6.0 on), under whatever name it has by now within its database. Gives nothing where
 * the collection does not exist any more. That is believed only once a majority has it: what a server that is cut off says of names,
 * unlike what it reads, may be undone.
 *
 * @param settle - Waits until a majority has all that has happened so far.
 */
export async function* fetchDocuments(
  client: MongoClient,
  request: FetchRequest,
  settle: () => Promise<unknown>,
): AsyncGenerator<readonly Uint8Array[]> {
  let { namespace } = request.collection;
  let isSettled = false;
  for (;;) {
    try {
      const batches = rawBatches(client, {
        operation: "fetch documents",
        namespace,
        command: findCommand(namespace, request),
        nextBatchDocuments: () => request.keys.length,
      });
      for await (const { bytes } of batches) yield [...splitDocuments(bytes)];
      return;
    } catch (error) {
      const coll = currentName(error);
      if (coll === undefined) throw error;
      if (coll === null && isSettled) return;
      if (coll === null) {
        await settle();
        isSettled = true;
        continue;
      }
      namespace = { db: namespace.db, coll };
    }
  }
}

function findCommand(
  { coll }: Namespace,
  { collection, keys, filter, notBefore }: FetchRequest,
): Document {
  const wanted = { _id: { $in: keys.map((key) => decodeKey(key).get("_id")) } };
  return {
    find: coll,
    filter: filter === null ? wanted : { $and: [wanted, filterQuery(filter)] },
    // A server ends a reply at 16 MiB by itself.
    batchSize: keys.length,
    ...(collection.uuid === null ? {} : { collectionUUID: new UUID(collection.uuid) }),
    readConcern: { level: "majority", afterClusterTime: toTimestamp(notBefore) },
  };
}

/** Undefined: the error is about something else. */
function currentName(error: unknown): string | null | undefined {
  if (!(error instanceof OperationError) || !(error.cause instanceof MongoServerError))
    return undefined;
  const { code, errorResponse } = error.cause;
  if (code !== UUID_MISMATCH) return undefined;
  const { actualCollection } = errorResponse as { readonly actualCollection?: string | null };
  return actualCollection ?? null;
}
