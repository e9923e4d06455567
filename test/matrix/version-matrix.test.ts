/** A rich deployment, migrated from each release to the same and later ones, compared without the product's own verification. */
import { BSON, MongoClient } from "mongodb";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMatrixMongods } from "../../dev/mongod/matrix-mongods.ts";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";
import { parseOrderedYaml } from "../support/scenario/ordered-yaml.ts";
import { differenceLines } from "../support/scenario/difference-lines.ts";
import {
  canonical,
  type DeploymentContents,
  listUserDatabases,
  readDeployment,
} from "../support/scenario/read-deployment.ts";
import { actionLines, planMigration, runMigration } from "../support/scenario/run-migration.ts";
import { loadScenarioData, readScenarioData } from "../support/scenario/scenario-data.ts";

const SOURCES = ["4.4.2", "5.0.4", "6.0.5", "6.0.27"];
const DESTINATIONS = ["5.0.4", "6.0.5", "6.0.27"];
/** Servers started at a time. */
const STARTS = 2;
const CONNECTIONS = join(import.meta.dirname, "../support/scenario/connections.yaml");

interface MatrixEnd {
  readonly set: ReplicaSet;
  readonly client: MongoClient;
}

let sources: ReadonlyMap<string, MatrixEnd> = new Map();
let destinations: ReadonlyMap<string, MatrixEnd> = new Map();

beforeAll(async () => {
  const mongods = await findMatrixMongods(SOURCES);
  const limit = pLimit(STARTS);
  const start = async (version: string, name: string) =>
    limit(async (): Promise<readonly [string, MatrixEnd]> => {
      const mongod = mongods.get(version);
      if (mongod === undefined) throw new Error(`no mongod ${version}`);
      const set = await startReplicaSet({ name, mongod });
      return [version, { set, client: await MongoClient.connect(set.uri) }];
    });
  sources = new Map(await Promise.all(SOURCES.map(async (each) => start(each, "source"))));
  destinations = new Map(await Promise.all(DESTINATIONS.map(async (each) => start(each, "dest"))));
  await Promise.all([...sources].map(async ([version, { client }]) => fill(client, version)));
});

afterAll(async () => {
  const ends = [...sources.values(), ...destinations.values()];
  await Promise.all(ends.map(async ({ client }) => client.close()));
  await Promise.all(ends.map(async ({ set }) => set.stop()));
});

describe("version matrix", () => {
  const pairs = SOURCES.flatMap((source) =>
    DESTINATIONS.filter((destination) => isNotOlder(destination, source)).map(
      (destination) => [source, destination] as const,
    ),
  );

  it.each(pairs)("%s to %s arrives exactly, and again there is nothing to do", async (from, to) => {
    const { source, destination, env } = await prepare(from, to);
    const migration = await readMigration();
    const run = await runMigration(migration, env);
    expect(run.findings.filter(({ result }) => result === "failed")).toEqual([]);
    const report = run.stateFiles.find(({ path }) => path.endsWith("report.md"))?.content;
    expect(run, `${run.message}\n${report}`).toMatchObject({ exitCode: 0 });
    expect(comparable(await readDeployment(destination.client))).toEqual(
      comparable(renamed(await readDeployment(source.client))),
    );
    const { plan } = await planMigration(migration, env);
    expect([...actionLines(plan), ...differenceLines(plan)]).toEqual([]);
  });

  it("names what 4.4.2 has and later releases cannot build, and changes nothing", async () => {
    const { source, destination, env } = await prepare("4.4.2", "6.0.27");
    await source.client.db("legacy").command({
      createIndexes: "places",
      indexes: [{ key: { at: "geoHaystack", kind: 1 }, name: "haystack", bucketSize: 1 }],
    });
    const migration = await readMigration();
    const [shop] = migration.objects;
    if (shop === undefined) throw new Error("migration.yaml selects nothing");
    const legacy = { ...shop, database: "legacy", as: null, collections: null };
    const run = await runMigration({ ...migration, objects: [legacy] }, env);
    await source.client.db("legacy").dropDatabase();
    expect(run.exitCode).toBe(4);
    expect(run.findings.filter(({ result }) => result === "failed")).toEqual([
      expect.objectContaining({
        rule: "unsupported-indexes",
        message: expect.stringContaining("legacy.places, index haystack"),
      }),
    ]);
    expect(await readDeployment(destination.client)).toEqual({});
  });
});

async function prepare(from: string, to: string) {
  const source = sources.get(from);
  const destination = destinations.get(to);
  if (source === undefined || destination === undefined) throw new Error("not started");
  await dropAll(destination.client);
  return {
    source,
    destination,
    env: { SOURCE_URI: source.set.uri, DESTINATION_URI: destination.set.uri },
  };
}

async function dropAll(client: MongoClient): Promise<void> {
  for (const name of [...(await listUserDatabases(client)), "mongoferry"]) {
    await client.db(name).dropDatabase();
  }
}

async function readMigration() {
  const specs = await loadSpecs([CONNECTIONS, join(import.meta.dirname, "migration.yaml")], {
    cwd: import.meta.dirname,
  });
  expect(specs.problems).toEqual([]);
  const [migration] = specs.migrations;
  if (migration === undefined) throw new Error("no migration");
  return migration;
}

/** Databases that a release cannot hold are in files of their own. */
async function fill(client: MongoClient, version: string): Promise<void> {
  const files = [
    "every-release.yaml",
    ...(isNotOlder(version, "5.0.0") ? ["since-5.0.yaml"] : []),
    ...(isNotOlder(version, "5.3.0") ? ["since-5.3.yaml"] : []),
    ...(isNotOlder(version, "6.0.0") ? ["since-6.0.yaml"] : []),
  ];
  for (const file of files) {
    const text = await readFile(join(import.meta.dirname, file), "utf8");
    await loadScenarioData(client, readScenarioData(parseOrderedYaml(text), file));
  }
}

/** The names of migration.yaml: the database shop is mapped to store, and its collection plain to renamed. */
function renamed(source: DeploymentContents): DeploymentContents {
  return Object.fromEntries(
    Object.entries(source).map(([name, contents]) => {
      if (name === "shop.plain") return ["store.renamed", contents];
      if (name !== "shop.rich") return [name.replace(/^shop\./u, "store."), contents];
      const options = { ...contents.options, viewOn: '"renamed"' };
      return ["store.rich", { ...contents, options }];
    }),
  );
}

/**
 * Releases tell the properties of an index in another order, and two of them in another form. Some repeat with a clustered
 * index when its collection expires (6.0.27, but not 6.0.5).
 */
function comparable(contents: DeploymentContents): DeploymentContents {
  return Object.fromEntries(
    Object.entries(contents).map(([namespace, object]) => {
      const described = Object.entries(object.indexes).map(([name, hex]) => [
        name,
        describeIndex(Buffer.from(hex, "hex")),
      ]);
      return [namespace, { ...object, indexes: Object.fromEntries(described) }];
    }),
  );
}

function describeIndex(raw: Uint8Array): string {
  const { wildcardProjection, min, max, ...rest } = BSON.deserialize(raw, { promoteValues: false });
  const projected = Object.entries((wildcardProjection as BSON.Document | undefined) ?? {});
  const included = projected.filter(([, value]) => Number(value) !== 0).map(([name]) => name);
  if (rest.clustered === true) delete rest.expireAfterSeconds;
  const others = Object.entries(rest).map(([name, value]) => `${name}: ${canonical(value)}`);
  return [...others.toSorted(), String(min), String(max), included.toSorted().join()].join("; ");
}

function isNotOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((each) => each.split(".").map(Number));
  const difference = a?.map((part, at) => part - (b?.[at] ?? 0)).find((part) => part !== 0) ?? 0;
  return difference >= 0;
}
