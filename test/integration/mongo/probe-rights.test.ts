import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { probe } from "../../support/probe-fixture.ts";

const ROOT = { username: "boss", password: "planted/p@ss:wörd-7f3" };

let set: ReplicaSet;

beforeAll(async () => {
  set = await startReplicaSet({ auth: ROOT });
  await using admin = await MongoClient.connect(set.uri);
  const createUser = async (database: string, user: string, roles: readonly object[]) =>
    admin.db(database).command({ createUser: user, pwd: "planted-9c1d", roles });
  await createUser("admin", "reader", [{ role: "read", db: "shop" }]);
  await createUser("admin", "reader-of-all", [{ role: "readAnyDatabase", db: "admin" }]);
  await createUser("admin", "writer", [
    { role: "readWrite", db: "store" },
    { role: "readWrite", db: "mongoferry" },
  ]);
  await createUser("shop", "local-user", [{ role: "read", db: "shop" }]);
  await admin.db("shop").collection("orders").insertOne({ placed: true });
});

afterAll(async () => {
  await set.stop();
});

function userUri(user: string, options = ""): string {
  const account = `${encodeURIComponent(user)}:planted-9c1d`;
  return `mongodb://${account}@${set.hosts.join(",")}/?replicaSet=${set.name}${options}`;
}

describe("probeConnectivity with access control", () => {
  test("passes for root at both ends and fills in the facts", async () => {
    for (const role of ["source", "destination"] as const) {
      const facts = await probe(set.uri, { role, databases: ["shop"] });
      expect(facts).toEqual({
        connection: "tested",
        connectivity: {
          isPassed: true,
          summary: `replica set rs0, MongoDB ${set.version}, primary ${set.hosts[0]}, no TLS`,
        },
        server: {
          version: set.version,
          featureCompatibilityVersion: set.version.split(".").slice(0, 2).join("."),
          topology: "replica-set",
          replicaSet: "rs0",
          hosts: set.hosts,
          processId: expect.stringMatching(/^[0-9a-f]{24}$/),
          freeDiskBytes: expect.any(Number),
          state: expect.objectContaining({ isSharedTier: false }),
          network: expect.objectContaining({ hasTls: false }),
          account: expect.objectContaining({ authDatabase: "admin" }),
        },
      });
      expect(facts.server?.freeDiskBytes).toBeGreaterThan(0);
    }
  });

  test("tells wrong-password, with the authentication database", async () => {
    const uri = set.uri.replace(/:\/\/[^@]*@/, "://boss:planted-wrong@");
    const { connectivity } = await probe(uri, {});
    expect(connectivity).toMatchObject({
      isPassed: false,
      step: "authentication",
      code: "wrong-password",
      cause: expect.stringContaining("authentication database admin"),
      remedy: expect.stringContaining("authSource"),
    });
  });

  test("tells wrong-password for the right password in another authentication database, by provider", async () => {
    const { connectivity } = await probe(
      `${set.uri}&authSource=shop`.replace("authSource=admin&", ""),
      {
        provider: "apsaradb",
      },
    );
    expect(connectivity).toMatchObject({
      code: "wrong-password",
      cause: expect.stringContaining("authentication database shop"),
      remedy: expect.stringContaining("authDatabase: admin"),
    });
  });

  test("tells auth-required without a user", async () => {
    const uri = `mongodb://${set.hosts[0]}/?replicaSet=rs0`;
    for (const role of ["source", "destination"] as const) {
      const { connectivity, server } = await probe(uri, { role });
      expect(connectivity).toMatchObject({ step: "authentication", code: "auth-required" });
      expect(server).toBeNull();
    }
  });

  test("accepts a source user with the listed rights only, and leaves out what it may not know", async () => {
    const { connectivity, server } = await probe(userUri("reader-of-all"), { databases: ["shop"] });
    expect(connectivity).toMatchObject({ isPassed: true });
    expect(server).toMatchObject({ version: set.version, featureCompatibilityVersion: null });
  });

  test("asks for no list of databases where all are named", async () => {
    const { connectivity } = await probe(userUri("local-user", "&authSource=shop"), {
      databases: ["shop"],
      needsDatabaseList: false,
    });
    expect(connectivity).toMatchObject({ isPassed: true });
  });

  test("names the source's missing right and commands that grant it", async () => {
    const before = await probe(userUri("reader"), { databases: ["shop"] });
    expect(before.connectivity).toMatchObject({
      step: "authorization",
      code: "lacks-rights",
      cause: "the user in TESTED_URI may not: listDatabases on the cluster",
      remedy: expect.stringContaining('grantRolesToUser("<the user in TESTED_URI>"'),
    });
    await runRemedy(before, "reader");
    const after = await probe(userUri("reader"), { databases: ["shop"] });
    expect(after.connectivity).toMatchObject({ isPassed: true });
  });

  test("names each of the destination's missing actions by database, and what grants them works", async () => {
    const before = await probe(userUri("local-user", "&authSource=shop"), {
      role: "destination",
      databases: ["shop", "store"],
    });
    expect(before.connectivity).toMatchObject({ code: "lacks-rights" });
    if (before.connectivity.isPassed) throw new Error("passed");
    const write = "insert, update, remove, createCollection, createIndex, dropCollection";
    const all = `find, listCollections, listIndexes, collStats, ${write}`;
    expect(before.connectivity.cause).toContain(`${write} on database "shop"; `);
    expect(before.connectivity.cause).toContain(`; ${all} on database "store"; `);
    expect(before.connectivity.cause).toContain(`; ${all} on database "mongoferry"`);
    await runRemedy(before, "local-user");
    const after = await probe(userUri("local-user", "&authSource=shop"), {
      role: "destination",
      databases: ["shop", "store"],
    });
    expect(after.connectivity).toMatchObject({ isPassed: true });
  });

  test("asks no rights of an account where access control is off", async () => {
    await using open = await startReplicaSet();
    await using admin = await MongoClient.connect(open.uri);
    await admin.db("admin").command({ createUser: "idle", pwd: "planted-9c1d", roles: [] });
    for (const user of ["", "idle:planted-9c1d@"]) {
      const { connectivity } = await probe(`mongodb://${user}${open.hosts[0]}/`, {
        role: "destination",
        databases: ["store"],
      });
      expect(connectivity).toMatchObject({ isPassed: true });
    }
  });

  test("accepts a destination user who may write the targets and the metadata database only", async () => {
    const request = { role: "destination", databases: ["store"] } as const;
    const { connectivity } = await probe(userUri("writer"), request);
    expect(connectivity).toMatchObject({ isPassed: true });
  });
});

/** Does what the commands of the remedy say, which are JSON but for the names of functions. */
async function runRemedy(facts: Awaited<ReturnType<typeof probe>>, user: string): Promise<void> {
  if (facts.connectivity.isPassed) throw new Error("nothing to grant");
  const { remedy } = facts.connectivity;
  await using admin = await MongoClient.connect(set.uri);
  const role = /getSiblingDB\("admin"\)\.createRole\((\{.*?\})\)/.exec(remedy)?.[1];
  if (role !== undefined) {
    const { role: name, ...rest } = JSON.parse(role);
    await admin.db("admin").command({ createRole: name, ...rest });
  }
  const grant = /getSiblingDB\("(\w+)"\)\.grantRolesToUser\("[^"]*", (\[.*\])\)$/.exec(remedy);
  if (grant === null) throw new Error(`no grant in ${remedy}`);
  const roles = JSON.parse(grant[2] ?? "");
  await admin.db(grant[1]).command({ grantRolesToUser: user, roles });
}
