/** What is asked of the servers grows with the number of collections and no faster: counted, since time says little on a busy machine. */
import { MongoClient } from "mongodb";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";
import { planMigration, runMigration } from "../support/scenario/run-migration.ts";

const ROOT = join(import.meta.dirname, "../..");
const SPECS = ["test/support/scenario/connections.yaml", "bench/collections/migration.yaml"];
/** What members of a set and drivers do on their own is left out. */
const COMMANDS = [
  "aggregate",
  "collStats",
  "count",
  "create",
  "createIndexes",
  "delete",
  "find",
  "findAndModify",
  "getMore",
  "insert",
  "listCollections",
  "listIndexes",
  "update",
];
/** Retries and renewals of the lease come on top. */
const SLACK = 1.25;

let sets: readonly BorrowedSet[] = [];
let clients: readonly MongoClient[] = [];

beforeAll(async () => {
  sets = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  clients = await Promise.all(sets.map(async ({ uri }) => MongoClient.connect(uri)));
});

afterAll(async () => {
  await Promise.all(clients.map(async (client) => client.close()));
});

it("asks as often for each of 32 collections as for each of 8", async () => {
  const [eight, sixteen, thirtyTwo] = [
    await countOperations(8),
    await countOperations(16),
    await countOperations(32),
  ];
  expect(sixteen).toBeGreaterThan(eight);
  expect(thirtyTwo - sixteen).toBeLessThan((sixteen - eight) * 2 * SLACK);
});

/** Commands that planning, migrating and planning again take at both ends. */
async function countOperations(collections: number): Promise<number> {
  const [source, destination] = clients;
  await source?.db("many").dropDatabase();
  await destination?.db("many").dropDatabase();
  await destination?.db("mongoferry").dropDatabase();
  const indexes = ["a", "b", "c"].map((field) => ({ key: { [field]: 1 }, name: field }));
  for (let n = 0; n < collections; n++) {
    await source?.db("many").command({ createIndexes: `c${n}`, indexes });
    await source?.db("many").collection(`c${n}`).insertOne({ a: n });
  }
  const before = await totalCommands();
  await migrate();
  return (await totalCommands()) - before;
}

async function migrate(): Promise<void> {
  const { migrations } = await loadSpecs(SPECS, { cwd: ROOT });
  const [migration] = migrations;
  if (migration === undefined) throw new Error("no migration");
  const env = { SOURCE_URI: sets[0]?.uri ?? "", DESTINATION_URI: sets[1]?.uri ?? "" };
  await planMigration(migration, env);
  expect(await runMigration(migration, env)).toMatchObject({ exitCode: 0 });
  expect((await planMigration(migration, env)).plan.actions).toEqual([]);
}

async function totalCommands(): Promise<number> {
  const statuses = await Promise.all(
    clients.map(async (client) => client.db("admin").command({ serverStatus: 1 })),
  );
  return statuses
    .flatMap(({ metrics }) => COMMANDS.map((name) => Number(metrics.commands[name]?.total ?? 0)))
    .reduce((sum, total) => sum + total, 0);
}
