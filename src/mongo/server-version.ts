import type { MongoClient } from "mongodb";
import { operation } from "./operation-error.ts";

/** Such as `6.0.5`. */
export async function readServerVersion(client: MongoClient, connection: string): Promise<string> {
  return operation("read the server's version", connection, async () => {
    const { version } = await client.db("admin").command({ buildInfo: 1 });
    return String(version);
  });
}
