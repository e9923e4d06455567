import type { MongoClient } from "mongodb";
import { operation } from "./operation-error.ts";

/** From this on, commands may name the UUID of the collection they mean (`collectionUUID`; tried on 6.0.5 and 6.0.27). */
const COMPARES_UUIDS_FROM = 6;

const comparing = new WeakMap<MongoClient, boolean>();

/** Whether the server compares the UUID that a command names; asked once for each client. */
export async function comparesUuids(client: MongoClient, connection: string): Promise<boolean> {
  const known = comparing.get(client);
  if (known !== undefined) return known;
  const version = await readServerVersion(client, connection);
  const isComparing = Number.parseInt(version, 10) >= COMPARES_UUIDS_FROM;
  comparing.set(client, isComparing);
  return isComparing;
}

/** Such as `6.0.5`. */
export async function readServerVersion(client: MongoClient, connection: string): Promise<string> {
  return operation("read the server's version", connection, async () => {
    const { version } = await client.db("admin").command({ buildInfo: 1 });
    return String(version);
  });
}
