/** An account that loses its rights while it follows: what it is not shown any more is not gone. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../../dev/mongod/replica-set.ts";
import { type CliFixture, openCliFixture } from "../../support/cli-fixture.ts";
import { readPhase, startStreaming } from "../../support/following/reach-streaming.ts";

const ROOT = { username: "boss", password: "planted-7f3" };
const PASSWORD = "planted-9c1d";
/** Without the first one the server lists only databases that the account has rights on (tried on 6.0.5). */
const LOST = ["watcher", { role: "read", db: "shop" }];
const ROLES = [...LOST, { role: "read", db: "crm" }];

let source: ReplicaSet;
let destination: ReplicaSet;
let sourceRoot: MongoClient;
let destinationClient: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({
      name: "source",
      auth: ROOT,
      args: ["--setParameter", "enableTestCommands=1"],
    }),
    startReplicaSet({ name: "destination" }),
  ]);
  [sourceRoot, destinationClient] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  await sourceRoot.db("shop").collection("orders").insertOne({ a: 1 });
  await sourceRoot.db("crm").collection("users").insertOne({ a: 1 });
  const admin = sourceRoot.db("admin");
  await admin.command({
    createRole: "watcher",
    privileges: [
      { resource: { db: "", collection: "" }, actions: ["find", "changeStream"] },
      { resource: { cluster: true }, actions: ["listDatabases"] },
    ],
    roles: [],
  });
  await admin.command({ createUser: "ferry", pwd: PASSWORD, roles: ROLES });
  const hosts = source.hosts.join(",");
  cli = await openCliFixture({
    SOURCE_URI: `mongodb://ferry:${PASSWORD}@${hosts}/?replicaSet=source&authSource=admin`,
    DESTINATION_URI: destination.uri,
  });
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await Promise.all([sourceRoot?.close(), destinationClient?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

it.each([
  ["by their names", "[{database: shop, as: store}, {database: crm}]"],
  ["by a pattern", '[{database: "sh*"}, {database: "cr*"}]'],
])(
  "I8 drops nothing of databases that the spec means %s, and says why it ends",
  async (_, objects) => {
    const admin = sourceRoot.db("admin");
    await cli.writeSpec("follow", ["mode: full-and-incremental", `objects: ${objects}`]);
    const start = () => cli.start(["apply"]);
    const { run } = await startStreaming({ start, destinationClient });
    const copies = await listCopies();
    expect(copies.length).toBeGreaterThan(1);
    await beforeListing(async () => {
      await admin.command({ revokeRolesFromUser: "ferry", roles: LOST });
    });
    const { exitCode, stderr } = await run;
    await admin.command({ grantRolesToUser: "ferry", roles: LOST });
    expect([exitCode, await readPhase({ destinationClient })]).toEqual([1, "Stalled"]);
    expect(String(stderr)).toContain("not authorized on shop");
    expect(await listCopies()).toEqual(copies);
    for (const name of ["mongoferry", "store", "shop", "crm"]) {
      await destinationClient.db(name).dropDatabase();
    }
  },
);

/** Does something while a look, which a new collection leads to, is about to ask for the databases. */
async function beforeListing(work: () => Promise<void>): Promise<void> {
  const admin = sourceRoot.db("admin");
  const { count } = await admin.command({
    configureFailPoint: "failCommand",
    mode: { times: 1 },
    data: {
      failCommands: ["find"],
      namespace: "admin.mongoferry.none",
      blockConnection: true,
      blockTimeMS: 3_000,
    },
  });
  await sourceRoot.db("shop").createCollection(`made_${Date.now()}`);
  const entered = { waitForFailPoint: "failCommand", timesEntered: Number(count) + 1 };
  await admin.command({ ...entered, maxTimeMS: 20_000 });
  await work();
}

async function listCopies(): Promise<readonly string[]> {
  const found = ["store", "shop", "crm"].map(async (name) =>
    (await destinationClient.db(name).listCollections().toArray()).map(
      (each) => `${name}.${each.name}`,
    ),
  );
  return (await Promise.all(found)).flat().toSorted();
}
