import { type Document, type MongoClient, MongoServerError } from "mongodb";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import { raceAbort } from "./race-abort.ts";

const UNAUTHORIZED = 13;
/** What is only shown must not load a server that is busy. */
const MAX_TIME_MS = 1000;

/**
 * Asks how far an index build is. It takes the privilege `inprog`: builds run in threads of the server's own, so a user's
 * own operations, which need no privilege, never show it (tried on 4.4 to 6.0). After a refusal nothing is asked again.
 *
 * @returns What reads the share of the present step; it never throws but on abort.
 */
export function createIndexBuildReader(
  client: MongoClient,
): (target: Namespace, signal: AbortSignal) => Promise<number | null> {
  let isRefused = false;
  return async (target, signal) => {
    if (isRefused) return null;
    try {
      return shareOfBuild(await raceAbort(listBuilds(client, target), signal));
    } catch (error) {
      signal.throwIfAborted();
      isRefused = error instanceof MongoServerError && error.code === UNAUTHORIZED;
      return null;
    }
  };
}

async function listBuilds(client: MongoClient, target: Namespace): Promise<readonly Document[]> {
  const builds = {
    ns: formatNamespace(target),
    "command.createIndexes": { $exists: true },
    "progress.total": { $gt: 0 },
  };
  const pipeline = [
    { $currentOp: { allUsers: true, idleConnections: false } },
    { $match: builds },
    { $project: { progress: 1 } },
  ];
  return client.db("admin").aggregate(pipeline, { maxTimeMS: MAX_TIME_MS }).toArray();
}

/** Of several builds the one that is least far. Totals are estimates, which what is done may exceed. */
export function shareOfBuild(operations: readonly Document[]): number | null {
  const shares = operations
    .map(({ progress }) => Number(progress?.done) / Number(progress?.total))
    .filter((share) => Number.isFinite(share) && share >= 0);
  return shares.length === 0 ? null : Math.min(1, ...shares);
}
