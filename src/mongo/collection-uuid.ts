import { Binary, type MongoClient } from "mongodb";
import { bucketsOf } from "../model/document-storage.ts";
import type { CollectionKind } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
import { operation } from "./operation-error.ts";

/** Kind of what has this name; null where there is nothing. */
export async function readKind(
  client: MongoClient,
  namespace: Namespace,
): Promise<CollectionKind | null> {
  const found = await readListed(client, namespace);
  return (found?.type as CollectionKind | undefined) ?? null;
}

/** Hex of the collection's UUID; null where there is no such collection, or it is a view. Of a time series: its buckets'. */
export async function readCollectionUuid(
  client: MongoClient,
  namespace: Namespace,
): Promise<string | null> {
  const found = await readListed(client, namespace);
  if (found?.type === "timeseries") return readCollectionUuid(client, bucketsOf(namespace));
  return uuidHex(found?.info?.uuid);
}

interface Listed {
  readonly type?: string;
  readonly info?: { readonly uuid?: unknown };
}

async function readListed(client: MongoClient, { db, coll }: Namespace): Promise<Listed | null> {
  return operation("list collections", { db, coll }, async () => {
    const [found] = await client
      .db(db)
      .listCollections({ name: coll }, { nameOnly: false })
      .toArray();
    return (found as Listed | undefined) ?? null;
  });
}

export function uuidHex(value: unknown): string | null {
  return value instanceof Binary ? Buffer.from(value.value()).toString("hex") : null;
}
