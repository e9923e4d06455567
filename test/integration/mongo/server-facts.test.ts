/** What servers say of themselves, to accounts that may ask everything, almost nothing, and when they hang. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { startStandalone } from "../../../dev/mongod/single-server.ts";
import type { ServerFacts } from "../../../src/model/facts.ts";
import { readServerFacts } from "../../../src/mongo/server-facts.ts";
import { runPrecheck } from "../../../src/precheck/run-precheck.ts";
import { probe } from "../../support/probe-fixture.ts";
import {
  collectionFacts,
  factsOf,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";

const ROOT = { username: "boss", password: "planted-7f3" };
const ASKING = { topology: "replica-set", databases: ["shop", "admin"], timeoutMs: 2_000 } as const;

let set: ReplicaSet;

beforeAll(async () => {
  set = await startReplicaSet({
    auth: ROOT,
    args: ["--setParameter=enableTestCommands=1"],
  });
  await using client = await MongoClient.connect(set.uri);
  const createUser = async (user: string, roles: readonly object[]) =>
    client.db("admin").command({ createUser: user, pwd: "planted-9c1d", roles });
  await createUser("reader", [{ role: "read", db: "shop" }]);
  await createUser("oplog-reader", [
    { role: "read", db: "shop" },
    { role: "read", db: "local" },
  ]);
  await createUser("monitor", [
    { role: "read", db: "shop" },
    { role: "clusterMonitor", db: "admin" },
  ]);
  await client.db("shop").collection("orders").insertOne({ placed: true });
});

afterAll(async () => {
  await set.stop();
});

function userUri(user: string): string {
  return `mongodb://${user}:planted-9c1d@${set.hosts.join(",")}/?replicaSet=${set.name}`;
}

async function factsFor(uri: string): Promise<Omit<ServerFacts, "network" | "account">> {
  await using client = await MongoClient.connect(uri);
  return await readServerFacts(client, ASKING);
}

describe("readServerFacts", () => {
  test("root learns everything", async () => {
    const { state, freeDiskBytes, featureCompatibilityVersion } = await factsFor(set.uri);
    expect(featureCompatibilityVersion).not.toBeNull();
    expect(freeDiskBytes).toBeGreaterThan(0);
    expect(state).toEqual({
      storageEngine: { name: "wiredTiger", isPersistent: true, isEncrypted: false },
      oplog: {
        windowMs: expect.any(Number),
        size: { usedBytes: expect.any(Number), maxBytes: expect.any(Number) },
      },
      load: {
        connections: { current: expect.any(Number), available: expect.any(Number) },
        queuedOperations: expect.any(Number),
        cache: { usedShare: expect.any(Number), dirtyShare: expect.any(Number) },
        tickets: { read: expect.any(Number), write: expect.any(Number) },
      },
      clock: { aheadMs: expect.any(Number), uncertaintyMs: expect.any(Number) },
      usedStorageBytes: expect.any(Number),
      isSharedTier: false,
    });
    expect(Math.abs(state.clock?.aheadMs ?? Infinity)).toBeLessThan(1_000);
    expect(state.usedStorageBytes).toBeGreaterThan(0);
    expect(state.oplog?.size?.maxBytes).toBeGreaterThan(1024 ** 2);
  });

  test("a reader of one database learns the clock alone, and no rule that depends on more decides", async () => {
    const facts = await factsFor(userUri("reader"));
    const { state } = facts;
    expect(facts.featureCompatibilityVersion).toBeNull();
    expect(state).toEqual({
      storageEngine: null,
      oplog: null,
      load: null,
      clock: { aheadMs: expect.any(Number), uncertaintyMs: expect.any(Number) },
      usedStorageBytes: null,
      isSharedTier: false,
    });
    const findings = runPrecheck(
      sampleMigration([selection("shop")], { mode: "full-and-incremental", journal: "never" }),
      factsOf([collectionFacts("shop.orders")], [], { source: reachable("source", facts) }),
    );
    const undecided = findings.filter(({ message }) => message.startsWith("could not be decided"));
    expect(undecided.map(({ rule, result }) => [rule, result])).toEqual([
      ["storage-engine", "warning"],
      ["oplog-window", "warning"],
      ["connections", "warning"],
      ["load", "warning"],
    ]);
    for (const { remedy } of undecided) expect(remedy).not.toBe("");
  });

  test("a reader of local learns the oplog's window from the oplog itself", async () => {
    const { state } = await factsFor(userUri("oplog-reader"));
    const { state: known } = await factsFor(set.uri);
    expect(state.load).toBeNull();
    expect(state.oplog?.size).toEqual({
      usedBytes: expect.any(Number),
      maxBytes: known.oplog?.size?.maxBytes,
    });
    const apartMs = (known.oplog?.windowMs ?? 0) - (state.oplog?.windowMs ?? Infinity);
    expect(apartMs).toBeGreaterThanOrEqual(0);
    expect(apartMs).toBeLessThan(30_000);
  });

  test("a monitor learns the oplog's window without reading local", async () => {
    const { state } = await factsFor(userUri("monitor"));
    expect(state.oplog?.windowMs).toBeGreaterThanOrEqual(0);
    expect(state.storageEngine?.name).toBe("wiredTiger");
  });

  test("a server that hangs on a question keeps nobody waiting for long", async () => {
    await using client = await MongoClient.connect(set.uri);
    const failCommands = ["serverStatus", "dbStats"];
    // Turning the fail point off waits for what hangs in it.
    const hang = { failCommands, blockConnection: true, blockTimeMS: 4_000 };
    const admin = client.db("admin");
    await admin.command({ configureFailPoint: "failCommand", mode: "alwaysOn", data: hang });
    try {
      const asking = await MongoClient.connect(set.uri);
      const startedAt = performance.now();
      const facts = await readServerFacts(asking, { ...ASKING, timeoutMs: 300 });
      await asking.close();
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(facts.freeDiskBytes).toBeNull();
      expect(facts.state).toMatchObject({ storageEngine: null, load: null });
      expect(facts.state.oplog?.windowMs).toBeGreaterThanOrEqual(0);
      expect(facts.state.clock).not.toBeNull();
    } finally {
      await admin.command({ configureFailPoint: "failCommand", mode: "off" });
    }
  });

  test("knows a shared tier of Atlas by how it refuses, and asks it more plainly", async () => {
    await using client = await MongoClient.connect(set.uri);
    const admin = client.db("admin");
    const failPoint = { configureFailPoint: "failCommand" };
    const refuse = async (command: string) =>
      admin.command({
        ...failPoint,
        mode: { times: 1 },
        data: { failCommands: [command], errorCode: 8000 },
      });
    await refuse("getParameter");
    const { state, featureCompatibilityVersion } = await factsFor(set.uri);
    expect(featureCompatibilityVersion).toBeNull();
    expect(state.isSharedTier).toBe(true);
    await refuse("serverStatus");
    const asked = await factsFor(set.uri);
    expect(asked.state.load?.connections?.available).toBeGreaterThan(0);
    expect(asked.state.oplog?.windowMs).toBeGreaterThanOrEqual(0);
  });

  test("a standalone has no oplog", async () => {
    await using server = await startStandalone();
    await using client = await MongoClient.connect(server.uri);
    const { state } = await readServerFacts(client, { ...ASKING, topology: "standalone" });
    expect(state.oplog).toBeNull();
    expect(state.storageEngine?.name).toBe("wiredTiger");
  });
});

describe("probeConnectivity", () => {
  test("says where the hosts of a connection are, and whether it is encrypted", async () => {
    const { server } = await probe(set.uri, { role: "source", databases: ["shop"] });
    expect(server?.network).toEqual({
      hasTls: false,
      allowsInvalidCertificates: false,
      allowsInvalidHostnames: false,
      hosts: set.hosts.map((host) => ({ host, scope: "loopback" })),
    });
  });
});
