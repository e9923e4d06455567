/** What `serverStatus` says, as far as it is there: managed services and older releases leave parts of it out. */
import { type Document, Timestamp } from "mongodb";
import type { LoadFacts, StorageEngineFacts } from "../../model/server-state.ts";
import { serverText } from "../probe/server-text.ts";

export function readStorageEngine(status: Document): StorageEngineFacts | null {
  const name: unknown = status["storageEngine"]?.name;
  if (typeof name !== "string") return null;
  const persistent: unknown = status["storageEngine"].persistent;
  return {
    name: serverText(name),
    isPersistent: typeof persistent === "boolean" ? persistent : null,
    // MongoDB Enterprise only.
    isEncrypted: status["encryptionAtRest"]?.encryptionEnabled === true,
  };
}

export function readLoad(status: Document): LoadFacts {
  const current = numberOf(status["connections"]?.current);
  const available = numberOf(status["connections"]?.available);
  return {
    connections: current === null || available === null ? null : { current, available },
    queuedOperations: numberOf(status["globalLock"]?.currentQueue?.total),
    cache: readCache(status["wiredTiger"]?.cache),
    tickets: readTickets(status),
  };
}

function readCache(cache: Document | undefined): LoadFacts["cache"] {
  const most = numberOf(cache?.["maximum bytes configured"]);
  const used = numberOf(cache?.["bytes currently in the cache"]);
  const dirty = numberOf(cache?.["tracked dirty bytes in the cache"]);
  if (most === null || used === null || dirty === null || most <= 0) return null;
  return { usedShare: used / most, dirtyShare: dirty / most };
}

/** `wiredTiger.concurrentTransactions` up to 7.x, `queues.execution` from 8.0 on. */
function readTickets(status: Document): LoadFacts["tickets"] {
  const tickets = status["queues"]?.execution ?? status["wiredTiger"]?.concurrentTransactions;
  const read = numberOf(tickets?.read?.available);
  const write = numberOf(tickets?.write?.available);
  return read === null || write === null ? null : { read, write };
}

/**
 * Time between the oldest and the newest entry of the oplog, or the retention it is configured for where that is longer. The
 * section `oplog` is left out unless asked for (tried on 4.4 to 6.0).
 */
export function readOplogWindowMs(status: Document): number | null {
  const windowMs = timeBetween(status["oplog"]?.earliestOptime, status["oplog"]?.latestOptime);
  if (windowMs === null) return null;
  const retentionHours = numberOf(status["oplogTruncation"]?.oplogMinRetentionHours) ?? 0;
  return Math.max(windowMs, retentionHours * 3_600_000);
}

export function timeBetween(first: unknown, last: unknown): number | null {
  if (!(first instanceof Timestamp) || !(last instanceof Timestamp)) return null;
  return Math.max(0, (last.t - first.t) * 1000);
}

/** Atlas' shared tiers add a section that no server has (Atlas documentation, "Unsupported Commands"). */
export function isSharedTierStatus(status: Document): boolean {
  return status["atlasVersion"] !== undefined;
}

export function numberOf(value: unknown): number | null {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}
