/** What the primary says about itself once logged in. What an account may not read is null, and stops nothing. */
import { type Document, type MongoClient, ObjectId } from "mongodb";
import { systemClock } from "../base/clock.ts";
import type { ServerFacts, Topology } from "../model/facts.ts";
import type { ServerState } from "../model/server-state.ts";
import { answerOf, type AskServer, createAskServer, type Reply } from "./facts/ask-server.ts";
import { readClock } from "./facts/read-clock.ts";
import { readOplog } from "./facts/read-oplog.ts";
import { isSharedTierStatus, numberOf, readLoad, readStorageEngine } from "./facts/read-status.ts";
import { serverText } from "./probe/server-text.ts";

/** How Atlas' shared tiers refuse a command, which dedicated ones never do. */
const ATLAS_ERROR = 8000;

interface ServerQuestions {
  readonly topology: Topology;
  /** Databases of which the account may ask for statistics; the first that knows the disk answers. */
  readonly databases: readonly string[];
  /** How long each question may take whose answer can be done without. */
  readonly timeoutMs: number;
}

export async function readServerFacts(
  client: MongoClient,
  { topology, databases, timeoutMs }: ServerQuestions,
): Promise<Omit<ServerFacts, "network" | "account">> {
  const ask = createAskServer(client, timeoutMs);
  const admin = client.db("admin");
  // `hello` came with 4.4.2; this older name is still there in the newest release.
  const [hello, { version }, compatibility, freeDiskBytes, status] = await Promise.all([
    admin.command({ isMaster: 1 }),
    admin.command({ buildInfo: 1 }),
    ask("admin", { getParameter: 1, featureCompatibilityVersion: 1 }),
    readFreeDisk(ask, databases),
    askStatus(ask),
  ]);
  return {
    version: serverText(version),
    featureCompatibilityVersion: readCompatibilityVersion(compatibility),
    topology,
    replicaSet: typeof hello.setName === "string" ? serverText(hello.setName) : null,
    hosts: Array.isArray(hello.hosts) ? hello.hosts.map(serverText) : [],
    processId: processIdOf(hello),
    freeDiskBytes,
    state: await readState(ask, topology, answerOf(status), isSharedTierRefusal(compatibility)),
  };
}

async function readState(
  ask: AskServer,
  topology: Topology,
  status: Document | null,
  isRefusedByAtlas: boolean,
): Promise<ServerState> {
  const [oplog, clock, databases] = await Promise.all([
    topology === "replica-set" ? readOplog(ask, status) : null,
    readClock(ask, systemClock),
    // Without the privilege the sum would be that of the account's own databases, unless it is refused.
    ask("admin", { listDatabases: 1, authorizedDatabases: false }),
  ]);
  return {
    storageEngine: status === null ? null : readStorageEngine(status),
    oplog,
    load: status === null ? null : readLoad(status),
    clock,
    usedStorageBytes: numberOf(answerOf(databases)?.totalSize),
    isSharedTier: isRefusedByAtlas || (status !== null && isSharedTierStatus(status)),
  };
}

/** `topologyVersion` came with 4.4. */
function processIdOf(hello: Document): string | null {
  const processId: unknown = hello["topologyVersion"]?.processId;
  return processId instanceof ObjectId ? processId.toHexString() : null;
}

function readCompatibilityVersion(reply: Reply): string | null {
  const version: unknown = answerOf(reply)?.featureCompatibilityVersion?.version;
  return typeof version === "string" ? serverText(version) : null;
}

/** The shared tiers take commands in their plainest form only. */
async function askStatus(ask: AskServer): Promise<Reply> {
  const reply = await ask("admin", { serverStatus: 1, oplog: 1, metrics: 0, tcmalloc: 0 });
  return isSharedTierRefusal(reply) ? ask("admin", { serverStatus: 1 }) : reply;
}

/** Dedicated clusters refuse with code 13 what an account may not do. */
function isSharedTierRefusal(reply: Reply): boolean {
  return reply.kind === "refused" && reply.code === ATLAS_ERROR;
}

/** A database that does not exist yet may answer with zeros, and mongos leaves the disk out. */
async function readFreeDisk(ask: AskServer, databases: readonly string[]): Promise<number | null> {
  for (const database of databases) {
    const reply = await ask(database, { dbStats: 1 });
    // A server that takes its time with one will with the others too.
    if (reply.kind === "silent") return null;
    const total = numberOf(answerOf(reply)?.fsTotalSize);
    const used = numberOf(answerOf(reply)?.fsUsedSize);
    if (total !== null && used !== null && total > 0) return Math.max(0, total - used);
  }
  return null;
}
