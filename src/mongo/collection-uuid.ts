import { Binary, type MongoClient } from "mongodb";
import type { Namespace } from "../model/namespace.ts";
import { operation } from "./operation-error.ts";

/** Hex of the collection's UUID; null where there is no such collection, or it is a view. */
export async function readCollectionUuid(
  client: MongoClient,
  namespace: Namespace,
): Promise<string | null> {
  return operation("list collections", namespace, async () => {
    const [found] = await client
      .db(namespace.db)
      .listCollections({ name: namespace.coll }, { nameOnly: false })
      .toArray();
    return found === undefined || !("info" in found) ? null : uuidHex(found.info?.uuid);
  });
}

export function uuidHex(value: unknown): string | null {
  return value instanceof Binary ? Buffer.from(value.value()).toString("hex") : null;
}
