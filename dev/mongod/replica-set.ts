/**
 * Replica sets of real servers on this machine. They end with this process, however it ends: each server has a watcher
 * process that ends it once this one is gone, and what even that leaves is swept at the next start (run-directory.ts).
 */
import type { Document } from "mongodb";
import { MongoMemoryReplSet, type MongoMemoryServer } from "mongodb-memory-server";
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findMongod } from "./find-mongod.ts";
import { createRunDirectory } from "./run-directory.ts";
import {
  type Credentials,
  type ServerAccess,
  connectionString,
  requireTls,
  runServerCommand,
} from "./run-server-command.ts";
import { serverArguments } from "./server-arguments.ts";
import { createServerCertificate } from "./server-certificate.ts";
import { hostOf, killServer, runningPid } from "./server-process.ts";

const POLL_MS = 50;
const SETTLE_TIMEOUT_MS = 60_000;

export interface ReplicaSetOptions {
  readonly name?: string;
  /** Number of data-bearing members. */
  readonly members?: number;
  /** Turns on access control with this user, who has the role `root`. */
  readonly auth?: Credentials;
  /** Servers talk TLS only, with a certificate of an authority that was made for them. */
  readonly tls?: boolean;
  /** Further arguments of each mongod. */
  readonly args?: readonly string[];
  /** Size of each server's cache; left out: a quarter. */
  readonly cacheGb?: number;
  /** Which mongod to run; left out: the one that is found. */
  readonly mongod?: { readonly path: string; readonly version: string };
}

export interface ReplicaSet extends AsyncDisposable {
  readonly name: string;
  /** Connection string with everything a client needs: hosts, set name, user, TLS. */
  readonly uri: string;
  /** `127.0.0.1:port` of each member. */
  readonly hosts: readonly string[];
  /** Version of the servers, such as `6.0.5`. */
  readonly version: string;
  /** PEM file of the authority to trust; null without TLS. */
  readonly caFile: string | null;
  /** Process ids of the running members, in the order of `hosts`. */
  pids(): readonly number[];
  /** Process id of a running member. */
  pidOf(host: string): number;
  /** The member that takes writes; waits until there is one. */
  primaryHost(): Promise<string>;
  /** Makes the primary step down and returns the host of the next one. A set of one elects itself again. */
  stepDown(): Promise<string>;
  /** Ends a member at once, as a power failure would. */
  killMember(host: string): Promise<void>;
  /** Starts a killed member again, on its port and data, and waits until it is a healthy part of the set. */
  startMember(host: string): Promise<void>;
  /** Ends all members and removes their data. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a replica set and returns once it has a primary and all other members are secondaries. */
export async function startReplicaSet(options: ReplicaSetOptions = {}): Promise<ReplicaSet> {
  const mongod = options.mongod ?? (await findMongod());
  const directory = await createRunDirectory();
  const certificate = options.tls === true ? await createServerCertificate(directory) : null;
  const dbPaths = await createDataDirectories(directory, options.members ?? 1);
  const name = options.name ?? "rs0";
  const servers = new OwnDirectoryReplicaSet(directory, {
    binary: { systemBinary: mongod.path, version: mongod.version },
    instanceOpts: dbPaths.map((dbPath) => ({ dbPath, launchTimeout: SETTLE_TIMEOUT_MS })),
    replSet: {
      name,
      count: dbPaths.length,
      ip: "127.0.0.1",
      storageEngine: "wiredTiger",
      args: serverArguments(mongod.version, certificate, options.args ?? [], options.cacheGb),
      ...(options.auth === undefined ? {} : { auth: rootUser(options.auth) }),
      // Long enough for a loaded machine with two cores, short enough for tests that kill a primary.
      configSettings: { electionTimeoutMillis: 2000, heartbeatIntervalMillis: 500 },
      // A process group of its own: Ctrl-C is for this process, which then ends its servers in order.
      spawn: { detached: true },
    },
  });
  const access = { auth: options.auth ?? null, caFile: certificate?.caFile ?? null };
  const set = new LocalReplicaSet(name, mongod.version, directory, servers, access);
  try {
    await servers.start();
    await set.settle();
    return set;
  } catch (error) {
    await set.stop();
    throw error;
  }
}

async function createDataDirectories(directory: string, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, index) => join(directory, `member-${index}`));
  await Promise.all(paths.map((path) => mkdir(path)));
  return paths;
}

function rootUser(auth: Credentials) {
  return { enable: true, customRootName: auth.username, customRootPwd: auth.password };
}

/** Keeps the key file, with which members know each other, beside the data: there it is swept after a crash. */
class OwnDirectoryReplicaSet extends MongoMemoryReplSet {
  readonly #directory: string;

  constructor(
    directory: string,
    options: NonNullable<ConstructorParameters<typeof MongoMemoryReplSet>[0]>,
  ) {
    super(options);
    this.#directory = directory;
  }

  protected override async ensureKeyFile(): Promise<string> {
    const key = randomBytes(48).toString("base64");
    await writeFile(join(this.#directory, "keyfile"), key, { mode: 0o600 });
    return this.#directory;
  }
}

class LocalReplicaSet implements ReplicaSet {
  readonly name: string;
  readonly version: string;
  readonly caFile: string | null;
  readonly #directory: string;
  readonly #servers: MongoMemoryReplSet;
  readonly #access: ServerAccess;

  constructor(
    name: string,
    version: string,
    directory: string,
    servers: MongoMemoryReplSet,
    access: ServerAccess,
  ) {
    this.name = name;
    this.version = version;
    this.caFile = access.caFile;
    this.#directory = directory;
    this.#servers = servers;
    this.#access = access;
  }

  get hosts(): readonly string[] {
    return this.#servers.servers.map(hostOf);
  }

  get uri(): string {
    return connectionString(this.hosts, this.#access, { replicaSet: this.name });
  }

  pids(): readonly number[] {
    return this.#servers.servers.flatMap((server) => runningPid(server) ?? []);
  }

  pidOf(host: string): number {
    const pid = runningPid(this.#server(host));
    if (pid === null) throw new Error(`${host} is not running`);
    return pid;
  }

  async primaryHost(): Promise<string> {
    const replies = await this.#waitForHellos((hellos) => hellos.some(isPrimary));
    return String(replies.find(isPrimary)?.["me"]);
  }

  async stepDown(): Promise<string> {
    const primary = await this.primaryHost();
    const command =
      this.hosts.length === 1
        ? { replSetStepDown: 1, force: true }
        : { replSetStepDown: 30, secondaryCatchUpPeriodSecs: 10 };
    await runServerCommand(primary, this.#access, command);
    return this.primaryHost();
  }

  async killMember(host: string): Promise<void> {
    await killServer(this.#server(host));
  }

  async startMember(host: string): Promise<void> {
    await this.#server(host).start(true);
    await this.settle();
  }

  /** Waits until each running member has found its place, and closes the door to connections without TLS. */
  async settle(): Promise<void> {
    await this.#waitForHellos((hellos) => hellos.some(isPrimary) && hellos.every(hasRole));
    if (this.caFile === null) return;
    for (const host of this.#runningHosts()) await requireTls(host, this.#access);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.servers.map(killServer));
    await this.#servers.stop({ doCleanup: false });
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #server(host: string): MongoMemoryServer {
    const server = this.#servers.servers.find((candidate) => hostOf(candidate) === host);
    if (server === undefined) throw new Error(`${host} is not a member of ${this.name}`);
    return server;
  }

  #runningHosts(): readonly string[] {
    return this.#servers.servers.filter((server) => runningPid(server) !== null).map(hostOf);
  }

  /** What the running members say about themselves, once `isSettled` holds for it. */
  async #waitForHellos(isSettled: (hellos: readonly Document[]) => boolean): Promise<Document[]> {
    const deadline = performance.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const hellos = await Promise.all(
        this.#runningHosts().map((host) => runServerCommand(host, this.#access, { hello: 1 })),
      );
      if (isSettled(hellos)) return hellos;
      if (performance.now() > deadline) {
        throw new Error(`${this.name} has not settled: ${JSON.stringify(hellos)}`);
      }
      await delay(POLL_MS);
    }
  }
}

function isPrimary(hello: Document): boolean {
  return hello["isWritablePrimary"] === true;
}

function hasRole(hello: Document): boolean {
  return isPrimary(hello) || hello["secondary"] === true;
}
