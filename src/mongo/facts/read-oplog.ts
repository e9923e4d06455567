import type { Document } from "mongodb";
import type { OplogFacts } from "../../model/server-state.ts";
import { answerOf, type AskServer } from "./ask-server.ts";
import { numberOf, readOplogWindowMs, timeBetween } from "./read-status.ts";

const OPLOG = "oplog.rs";

/** From `serverStatus` where the account may ask for it, otherwise from the oplog itself; null where it may read neither. */
export async function readOplog(
  ask: AskServer,
  status: Document | null,
): Promise<OplogFacts | null> {
  const [stated, size] = await Promise.all([
    status === null ? null : readOplogWindowMs(status),
    readSize(ask),
  ]);
  const windowMs = stated ?? (await readWindow(ask));
  return windowMs === null ? null : { windowMs, size };
}

async function readWindow(ask: AskServer): Promise<number | null> {
  const [first, last] = await Promise.all([readEnd(ask, 1), readEnd(ask, -1)]);
  return timeBetween(first, last);
}

/**
 * Time of the oldest (1) or newest (-1) entry; undefined where the account may not read it. Natural order needs no index and reads one entry from either
 * end.
 */
export async function readEnd(ask: AskServer, direction: 1 | -1): Promise<unknown> {
  const reply = await ask("local", {
    find: OPLOG,
    sort: { $natural: direction },
    limit: 1,
    projection: { ts: 1, _id: 0 },
    singleBatch: true,
  });
  return answerOf(reply)?.cursor?.firstBatch?.[0]?.ts;
}

async function readSize(ask: AskServer): Promise<OplogFacts["size"]> {
  const stats = answerOf(await ask("local", { collStats: OPLOG }));
  const usedBytes = numberOf(stats?.size);
  const maxBytes = numberOf(stats?.maxSize);
  return usedBytes === null || maxBytes === null || maxBytes <= 0 ? null : { usedBytes, maxBytes };
}
