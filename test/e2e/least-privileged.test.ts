/** A migration by users who may read the source and write the destination's databases, and nothing else (R10). */
import { type Db, Long, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";
import type { FindingJson, PrecheckJson } from "../../src/report/precheck-json.ts";
import { type CliFixture, openCliFixture } from "../support/cli-fixture.ts";
import { readDatabase } from "../support/compare-databases.ts";

const ROOT = { username: "boss", password: "planted-7f3" };
const PASSWORD = "planted-9c1d";
const OBJECTS = "objects: [{database: shop, as: store, functions: true}]";

let source: ReplicaSet;
let destination: ReplicaSet;
let sourceRoot: MongoClient;
let destinationRoot: MongoClient;
let cli: CliFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source", auth: ROOT }),
    startReplicaSet({ name: "destination", auth: ROOT }),
  ]);
  [sourceRoot, destinationRoot] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  await createUser(sourceRoot, [{ role: "read", db: "shop" }]);
  await createUser(destinationRoot, [
    { role: "readWrite", db: "store" },
    { role: "readWrite", db: "mongoferry" },
  ]);
  await fill(sourceRoot.db("shop"));
  await sourceRoot.db("unseen").collection("a").insertOne({});
});

beforeEach(async () => {
  cli = await openCliFixture({ SOURCE_URI: uriOf(source), DESTINATION_URI: uriOf(destination) });
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
});

afterAll(async () => {
  await Promise.all([sourceRoot?.close(), destinationRoot?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

async function createUser(
  client: MongoClient,
  roles: readonly object[],
  user = "ferry",
): Promise<void> {
  await client.db("admin").command({ createUser: user, pwd: PASSWORD, roles });
}

function uriOf(set: ReplicaSet, user = "ferry"): string {
  return `mongodb://${user}:${PASSWORD}@${set.hosts.join(",")}/?replicaSet=${set.name}&authSource=admin`;
}

/** Without the line breaks that fit a text to the terminal. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, " ");
}

async function fill(shop: Db): Promise<void> {
  const orders = shop.collection("orders");
  await orders.insertMany(
    Array.from({ length: 2_000 }, (_, i) => ({ n: i, total: Long.fromNumber(i), at: new Date() })),
  );
  await orders.createIndexes([
    { key: { n: 1 }, name: "n", unique: true },
    { key: { at: 1 }, name: "at", expireAfterSeconds: 86_400 },
    { key: { total: -1 }, name: "total", hidden: true },
    { key: { "$**": "text" }, name: "words" },
  ]);
  await shop.createCollection("strict", { validator: { n: { $gt: 0 } } });
  await shop.collection("strict").insertOne({ n: 1 });
  await shop.createCollection("german", { collation: { locale: "de" } });
  await shop.createCollection("rich", { viewOn: "orders", pipeline: [{ $match: { n: 700 } }] });
  await shop.collection("system.js").insertOne({ _id: "twice" as never, value: "n => 2 * n" });
}

it("moves collections, indexes, validators, views and functions", async () => {
  await cli.writeSpec("shop", ["mode: full", OBJECTS]);
  expect((await cli.start(["validate"])).exitCode).toBe(0);
  const precheck = await cli.start(["precheck"]);
  expect(precheck.exitCode, precheck.stdout).toBe(0);
  expect(unwrapped(precheck.stdout)).toContain("may not bypassDocumentValidation");
  expect(unwrapped(precheck.stdout)).toContain("store.strict");
  expect(unwrapped(precheck.stdout)).toContain("users and roles of source are not migrated");

  const plan = await cli.start(["plan"]);
  expect(plan.exitCode, plan.stderr).toBe(0);
  const applied = await cli.start(["apply"]);
  expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0);
  expect(applied.stdout).toContain("all equal");
  expect(await readDatabase(destinationRoot, "store")).toEqual(
    await readDatabase(sourceRoot, "shop"),
  );
  const functions = await destinationRoot.db("store").collection("system.js").find().toArray();
  expect(functions).toEqual([{ _id: "twice", value: "n => 2 * n" }]);
  expect(precheck.stdout + applied.stdout + applied.stderr).not.toContain("planted");
});

it("names the document that breaks its validator, which it may not bypass", async () => {
  const other = "objects: [{database: shop, as: store, collections: [{name: broken}]}]";
  await sourceRoot.db("shop").createCollection("broken");
  await sourceRoot
    .db("shop")
    .collection("broken")
    .insertOne({ _id: 4711 as never, n: -1 });
  await sourceRoot.db("shop").command({ collMod: "broken", validator: { n: { $gt: 0 } } });
  await cli.writeSpec("shop-broken", ["mode: full", other]);
  const applied = await cli.start(["apply"]);
  expect(applied.exitCode).not.toBe(0);
  expect(applied.stderr).toContain("4711");
});

it("refuses a pattern of databases, and time-series collections, with what to grant", async () => {
  await cli.writeSpec("shop", ["mode: full", 'objects: [{database: "sh*"}]']);
  const pattern = await cli.start(["precheck"]);
  expect(pattern.exitCode).not.toBe(0);
  expect(unwrapped(pattern.stdout)).toContain("listDatabases on the cluster");

  await sourceRoot.db("shop").createCollection("heat", { timeseries: { timeField: "t" } });
  await cli.writeSpec("shop", [
    "mode: full",
    "objects: [{database: shop, as: store, collections: [{name: heat}]}]",
  ]);
  const series = await cli.start(["precheck"]);
  expect(series.exitCode).not.toBe(0);
  expect(unwrapped(series.stdout)).toContain("on shop.system.buckets.heat");
  expect(unwrapped(series.stdout)).toContain("on store.system.buckets.heat");
});

it("reads as a user who may read the documents of the selected collections alone", async () => {
  await sourceRoot.db("admin").command({
    createRole: "orders-only",
    privileges: [
      {
        resource: { db: "shop", collection: "" },
        actions: ["listCollections", "listIndexes", "collStats"],
      },
      { resource: { db: "shop", collection: "orders" }, actions: ["find"] },
    ],
    roles: [],
  });
  await createUser(sourceRoot, [{ role: "orders-only", db: "admin" }], "single");
  await using single = await openCliFixture({
    SOURCE_URI: uriOf(source, "single"),
    DESTINATION_URI: uriOf(destination),
  });
  const select = async (...names: readonly string[]) => {
    const collections = names.map((name) => `{name: ${name}, as: single_${name}}`).join(", ");
    const objects = `objects: [{database: shop, as: store, collections: [${collections}]}]`;
    await single.writeSpec("single", ["mode: full", objects]);
  };
  await select("orders", "german");
  const refused = await single.start(["precheck"]);
  expect(refused.exitCode).not.toBe(0);
  expect(unwrapped(refused.stdout)).toContain("may not: find on shop.german");
  expect(unwrapped(refused.stdout)).not.toContain("find on shop.orders");

  await single.writeSpec("single", ["mode: full", OBJECTS]);
  const whole = await single.start(["precheck"]);
  expect(unwrapped(whole.stdout)).toContain("find, listIndexes, collStats on shop.system.js");

  await select("orders", "rich");
  const applied = await single.start(["apply"]);
  expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0);
  expect(await destinationRoot.db("store").collection("single_orders").countDocuments()).toBe(
    await sourceRoot.db("shop").collection("orders").countDocuments(),
  );
});

/** The rights that a finding's remedy grants, given to `ferry` as the commands would do it. */
async function runRemedy(client: MongoClient, remedy: string): Promise<void> {
  const [, created = ""] = /createRole\((\{.*?\})\);/u.exec(remedy) ?? [];
  const [, granted = ""] = /grantRolesToUser\("[^"]*", (\[.*?\])\)/u.exec(remedy) ?? [];
  const { role, ...rest } = JSON.parse(created);
  await client.db("admin").command({ createRole: role, ...rest });
  await client.db("admin").command({ grantRolesToUser: "ferry", roles: JSON.parse(granted) });
}

it("asks for more to follow changes, and prints commands that grant it", async () => {
  await cli.writeSpec("shop-followed", [
    "mode: full-and-incremental",
    "objects: [{database: shop, as: followed, collections: [{name: orders}]}]",
  ]);
  await destinationRoot.db("admin").command({
    grantRolesToUser: "ferry",
    roles: [{ role: "readWrite", db: "followed" }],
  });
  const lacking = await failuresOf();
  expect(lacking.map(({ message }) => message)).toEqual([
    expect.stringContaining("find, changeStream on the collections of any database"),
    expect.stringContaining("may not: collMod on database followed;"),
  ]);
  await runRemedy(sourceRoot, lacking[0]?.remedy ?? "");
  await runRemedy(destinationRoot, lacking[1]?.remedy ?? "");
  expect(await failuresOf()).toEqual([]);
  await using follower = await MongoClient.connect(uriOf(source));
  const pipeline = [{ $changeStream: { allChangesForCluster: true, showExpandedEvents: true } }];
  await follower.db("admin").command({ aggregate: 1, pipeline, cursor: {} });
});

async function failuresOf(): Promise<readonly FindingJson[]> {
  const { stdout } = await cli.start(["precheck", "--output", "json"]);
  const { findings } = JSON.parse(stdout) as PrecheckJson;
  return findings.filter(({ result }) => result === "failed");
}
