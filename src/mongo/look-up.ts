/** Looks at documents by their keys, in order to compare them. */
import { type Document, type MongoClient, UUID } from "mongodb";
import type { LookUpRequest } from "../ports.ts";
import { goneError, isOfAnother } from "./array-reader.ts";
import { decodeKey } from "./exact-bson.ts";
import { filterQuery } from "./filter-query.ts";
import { readAllRaw } from "./raw-cursor.ts";
import { comparesUuids } from "./server-version.ts";

export async function lookUp(
  client: MongoClient,
  { namespace, uuid, keys, filter }: LookUpRequest,
): Promise<readonly Uint8Array[]> {
  const isCompared = uuid !== null && (await comparesUuids(client, namespace.db));
  const values = keys.map((key) => decodeKey(key).get("_id"));
  const wanted: Document = { _id: values.length === 1 ? { $eq: values[0] } : { $in: values } };
  const command = {
    find: namespace.coll,
    filter: filter === null ? wanted : { $and: [wanted, filterQuery(filter)] },
    batchSize: keys.length + 1,
    ...(isCompared ? { collectionUUID: new UUID(uuid) } : {}),
    readConcern: { level: "majority" },
  };
  try {
    return await readAllRaw(client, { operation: "look up documents", namespace, command });
  } catch (error) {
    throw isOfAnother(error) ? goneError(namespace, "its name is another collection's") : error;
  }
}
