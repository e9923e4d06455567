/** What the primary says about itself once logged in. What an account may not read is null, and stops nothing. */
import { type Document, type MongoClient, MongoServerError, ObjectId } from "mongodb";
import type { ServerFacts, Topology } from "../model/facts.ts";
import { serverText } from "./probe/server-text.ts";

/** @param databases - Databases of which the account may ask for statistics; the first that knows the disk answers. */
export async function readServerFacts(
  client: MongoClient,
  topology: Topology,
  databases: readonly string[],
): Promise<ServerFacts> {
  const admin = client.db("admin");
  // `hello` came with 4.4.2; this older name is still there in the newest release.
  const hello = await admin.command({ isMaster: 1 });
  const { version } = await admin.command({ buildInfo: 1 });
  return {
    version: serverText(version),
    featureCompatibilityVersion: await readCompatibilityVersion(client),
    topology,
    replicaSet: typeof hello.setName === "string" ? serverText(hello.setName) : null,
    hosts: Array.isArray(hello.hosts) ? hello.hosts.map(serverText) : [],
    processId: processIdOf(hello),
    freeDiskBytes: await readFreeDisk(client, databases),
  };
}

/** `topologyVersion` came with 4.4. */
function processIdOf(hello: Document): string | null {
  const processId: unknown = hello.topologyVersion?.processId;
  return processId instanceof ObjectId ? processId.toHexString() : null;
}

async function readCompatibilityVersion(client: MongoClient): Promise<string | null> {
  const reply = await askQuietly(client, "admin", {
    getParameter: 1,
    featureCompatibilityVersion: 1,
  });
  const version: unknown = reply?.featureCompatibilityVersion?.version;
  return typeof version === "string" ? serverText(version) : null;
}

/** A database that does not exist yet may answer with zeros, and mongos leaves the disk out. */
async function readFreeDisk(
  client: MongoClient,
  databases: readonly string[],
): Promise<number | null> {
  for (const database of databases) {
    const reply = await askQuietly(client, database, { dbStats: 1 });
    const total: unknown = reply?.fsTotalSize;
    const used: unknown = reply?.fsUsedSize;
    if (typeof total === "number" && typeof used === "number" && total > 0) {
      return Math.max(0, total - used);
    }
  }
  return null;
}

/** Null where the server refuses; a lost connection is still thrown. */
async function askQuietly(
  client: MongoClient,
  database: string,
  command: Document,
): Promise<Document | null> {
  try {
    return await client.db(database).command(command);
  } catch (error) {
    if (error instanceof MongoServerError) return null;
    throw error;
  }
}
