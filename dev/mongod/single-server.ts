/** Servers that are not part of a working replica set, for tests of what is refused. They end as replica sets do. */
import { MongoMemoryServer } from "mongodb-memory-server";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findMongod } from "./find-mongod.ts";
import { createRunDirectory } from "./run-directory.ts";
import { serverArguments } from "./server-arguments.ts";
import { hostOf, killServer, runningPid } from "./server-process.ts";

const LAUNCH_TIMEOUT_MS = 60_000;

export interface SingleServer extends AsyncDisposable {
  /** Connection string for this server alone. */
  readonly uri: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

interface SingleServerOptions {
  /** Further arguments of mongod. */
  readonly args?: readonly string[];
}

/** Starts a server without replication: it has no oplog and no change streams. */
export function startStandalone(options: SingleServerOptions = {}): Promise<SingleServer> {
  return startServer(null, options.args ?? []);
}

/** Starts a member of a replica set that was never initiated, so that it has neither a primary nor a configuration. */
export function startUninitiatedReplicaSetMember(
  options: SingleServerOptions = {},
): Promise<SingleServer> {
  return startServer("rs0", options.args ?? []);
}

async function startServer(replSet: string | null, args: readonly string[]): Promise<SingleServer> {
  const mongod = await findMongod();
  const directory = await createRunDirectory();
  const dbPath = join(directory, "member-0");
  await mkdir(dbPath);
  const server = new MongoMemoryServer({
    binary: { systemBinary: mongod.path, version: mongod.version },
    instance: {
      dbPath,
      ip: "127.0.0.1",
      storageEngine: "wiredTiger",
      launchTimeout: LAUNCH_TIMEOUT_MS,
      args: serverArguments(mongod.version, null, args),
      ...(replSet === null ? {} : { replSet }),
    },
    spawn: { detached: true },
  });
  const stop = async (): Promise<void> => {
    await killServer(server);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await server.start();
    return describeServer(server, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function describeServer(server: MongoMemoryServer, stop: () => Promise<void>): SingleServer {
  const host = hostOf(server);
  const pid = runningPid(server);
  if (pid === null) throw new Error(`${host} ended right after its start`);
  const uri = `mongodb://${host}/?directConnection=true`;
  return { uri, host, pid, stop, [Symbol.asyncDispose]: stop };
}
