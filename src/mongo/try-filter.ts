import { type MongoClient, MongoServerError } from "mongodb";
import type { Namespace } from "../model/namespace.ts";
import { filterQuery } from "./filter-query.ts";
import { isRetryableCode, operation } from "./operation-error.ts";

/** Has the server plan the read that the copy will make, without reading: it refuses then what it would refuse later. */
export async function tryFilter(
  client: MongoClient,
  { db, coll }: Namespace,
  filter: string,
): Promise<string | null> {
  return operation("try the filter", { db, coll }, async () => {
    try {
      const find = { find: coll, filter: filterQuery(filter), hint: { _id: 1 } };
      await client.db(db).command({ explain: find, verbosity: "queryPlanner" });
      return null;
    } catch (error) {
      if (!(error instanceof MongoServerError) || isRetryableCode(error.code)) throw error;
      return error.message;
    }
  });
}
