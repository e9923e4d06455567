import type { MongoClient } from "mongodb";
import { isBuckets } from "../model/document-storage.ts";
import type { Namespace } from "../model/namespace.ts";
import { filterQuery } from "./filter-query.ts";
import { operation } from "./operation-error.ts";

/**
 * Counts by a majority read over the `_id` index; unlike the server's statistics, exact after any crash.
 *
 * @param filter - Extended JSON of a query; null counts all documents.
 */
export async function countDocuments(
  client: MongoClient,
  namespace: Namespace,
  filter: string | null,
): Promise<number> {
  return operation("count documents", namespace, async () =>
    client
      .db(namespace.db)
      .collection(namespace.coll, { readConcern: { level: "majority" } })
      .countDocuments(filterQuery(filter), isBuckets(namespace) ? {} : { hint: { _id: 1 } }),
  );
}
