import { Binary, type MongoClient } from "mongodb";
import { bucketsOf } from "../model/document-storage.ts";
import type { CollectionKind } from "../model/facts.ts";
import type { Namespace } from "../model/namespace.ts";
import { operation } from "./operation-error.ts";

export interface CollectionIdentity {
  readonly kind: CollectionKind;
  /** Hex; null for views. Of a time series: its buckets'. */
  readonly uuid: string | null;
}

/** What has this name; null where there is nothing. */
export async function readIdentity(
  client: MongoClient,
  namespace: Namespace,
): Promise<CollectionIdentity | null> {
  const found = await readListed(client, namespace);
  if (found === null) return null;
  const kind = found.type as CollectionKind;
  const storage = kind === "timeseries" ? await readListed(client, bucketsOf(namespace)) : found;
  return { kind, uuid: uuidHex(storage?.info?.uuid) };
}

/** Null where there is no such collection, or it is a view. */
export async function readCollectionUuid(
  client: MongoClient,
  namespace: Namespace,
): Promise<string | null> {
  return (await readIdentity(client, namespace))?.uuid ?? null;
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
