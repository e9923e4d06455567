/** Whose history a change feed's position is in, and how far that history reaches back. */
import { type MongoClient, ObjectId, Timestamp } from "mongodb";
import type { ClusterTime } from "../model/run.ts";
import { answerOf, createAskServer } from "./facts/ask-server.ts";
import { readEnd } from "./facts/read-oplog.ts";
import { operation } from "./operation-error.ts";
import { fromTimestamp } from "./timestamp.ts";

/** For questions that may be left without an answer. */
const TIMEOUT_MS = 5_000;

/**
 * Name of the replica set and, where the account may read its configuration, the id that it got when it was initiated:
 * `rs0` or `rs0 6571f0…`. Of a router: the cluster's id.
 */
export async function readIdentity(client: MongoClient, connection: string): Promise<string> {
  return operation("read the deployment's identity", connection, async () => {
    const { setName, msg } = await client.db("admin").command({ isMaster: 1 });
    const name = typeof setName === "string" ? setName : String(msg ?? "standalone");
    const ask = createAskServer(client, TIMEOUT_MS);
    const config = answerOf(await ask("admin", { replSetGetConfig: 1 }));
    const id: unknown = config?.config?.settings?.replicaSetId;
    return id instanceof ObjectId ? `${name} ${id.toHexString()}` : name;
  });
}

export async function oldestClusterTime(
  client: MongoClient,
  connection: string,
): Promise<ClusterTime | null> {
  return operation("read the oplog's beginning", connection, async () => {
    const ask = createAskServer(client, TIMEOUT_MS);
    const status = answerOf(await ask("admin", { serverStatus: 1, oplog: 1 }));
    const stated: unknown = status?.oplog?.earliestOptime;
    if (stated instanceof Timestamp) return fromTimestamp(stated);
    const first = await readEnd(ask, 1);
    return first instanceof Timestamp ? fromTimestamp(first) : null;
  });
}
