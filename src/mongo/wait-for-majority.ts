import type { MongoClient } from "mongodb";
import type { ClusterTime } from "../model/run.ts";
import { toTimestamp } from "./timestamp.ts";

/** A collection that nobody has: only when it is read matters. */
const NOTHING = "mongoferry.none";

/**
 * Waits until a majority has all that happened up to a time. An operation gets its time when it begins, and may be seen only after a
 * later one: a majority read at that time waits for all such.
 */
export async function waitForMajority(client: MongoClient, time: ClusterTime): Promise<void> {
  await client.db("admin").command({
    find: NOTHING,
    limit: 1,
    singleBatch: true,
    readConcern: { level: "majority", afterClusterTime: toTimestamp(time) },
  });
}
