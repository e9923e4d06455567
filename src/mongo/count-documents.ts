import type { MongoClient } from "mongodb";
import type { Namespace } from "../model/namespace.ts";
import { operation } from "./operation-error.ts";

/** Counts by a majority read over the `_id` index; unlike the server's statistics, exact after any crash. */
export async function countDocuments(client: MongoClient, namespace: Namespace): Promise<number> {
  return operation("count documents", namespace, async () =>
    client
      .db(namespace.db)
      .collection(namespace.coll, { readConcern: { level: "majority" } })
      .countDocuments({}, { hint: { _id: 1 } }),
  );
}
