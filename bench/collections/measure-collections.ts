/**
 * Time and memory of a migration of many small collections: planned, migrated, and planned again. What it costs for each
 * collection must not grow with their number.
 */
import { MongoClient } from "mongodb";
import pLimit from "p-limit";
import { fileURLToPath } from "node:url";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import type { Migration } from "../../src/model/migration.ts";
import { loadSpecs } from "../../src/spec/load-specs.ts";
import {
  actionLines,
  planMigration,
  runMigration,
} from "../../test/support/scenario/run-migration.ts";

const CONNECTIONS = fileURLToPath(
  new URL("../../test/support/scenario/connections.yaml", import.meta.url),
);
const SPEC = fileURLToPath(new URL("migration.yaml", import.meta.url));
const DATABASE = "many";
const INDEXES = ["a", "b", "c"].map((field) => ({ key: { [field]: 1 }, name: `${field}_1` }));
/** Collections created at a time. */
const CREATIONS = 8;
const SAMPLE_MS = 50;
/** Each collection and index is a file that a server keeps open; these are closed again soon. */
const SERVER_ARGUMENTS = [
  "--wiredTigerEngineConfigString=file_manager=(close_idle_time=3,close_scan_interval=1,close_handle_minimum=250)",
];

export interface Measured {
  readonly name: "plan" | "migrate" | "plan again";
  readonly durationMs: number;
  /** Most resident memory of this process while it lasted. */
  readonly peakBytes: number;
}

export interface CollectionsResult {
  readonly collectionCount: number;
  readonly steps: readonly Measured[];
}

export async function measureCollections(
  collectionCount: number,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<CollectionsResult> {
  await using source = await startReplicaSet({ name: "source", args: SERVER_ARGUMENTS });
  await using destination = await startReplicaSet({ name: "destination", args: SERVER_ARGUMENTS });
  report(`creating ${collectionCount} collections with ${INDEXES.length} indexes each`);
  await createCollections(source.uri, collectionCount);
  const env = { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri };
  const migration = await readMigration();
  const steps: Measured[] = [];
  const step = async (name: Measured["name"], run: () => Promise<void>): Promise<void> => {
    const measured = await measure(name, run);
    steps.push(measured);
    report(`${name}: ${(measured.durationMs / 1000).toFixed(1)} s`);
  };
  await step("plan", async () => {
    requireActions(await countActions(migration, env), collectionCount * (1 + INDEXES.length));
  });
  await step("migrate", async () => {
    const { exitCode, message } = await runMigration(migration, env, signal);
    if (exitCode !== 0) throw new Error(message);
  });
  await step("plan again", async () => {
    requireActions(await countActions(migration, env), 0);
  });
  return { collectionCount, steps };
}

async function countActions(
  migration: Migration,
  env: Parameters<typeof planMigration>[1],
): Promise<number> {
  return actionLines((await planMigration(migration, env)).plan).length;
}

function requireActions(found: number, expected: number): void {
  if (found !== expected) throw new Error(`The plan has ${found} actions instead of ${expected}`);
}

async function readMigration(): Promise<Migration> {
  const { migrations, problems } = await loadSpecs([CONNECTIONS, SPEC], { cwd: "/" });
  const [migration] = migrations;
  if (migration === undefined) throw new Error(JSON.stringify(problems));
  return migration;
}

/** The indexes come first: on an empty collection they are there at once. */
async function createCollections(uri: string, count: number): Promise<void> {
  const client = await MongoClient.connect(uri);
  const db = client.db(DATABASE);
  const limit = pLimit(CREATIONS);
  try {
    await limit.map(
      Array.from({ length: count }, (_, n) => n),
      async (n) => {
        const name = `c${String(n).padStart(5, "0")}`;
        await db.command({ createIndexes: name, indexes: INDEXES });
        await db.collection(name).insertOne({ a: n, b: `${n}`, c: -n });
      },
    );
  } finally {
    await client.close();
  }
}

async function measure(name: Measured["name"], run: () => Promise<void>): Promise<Measured> {
  globalThis.gc?.();
  let peakBytes = 0;
  const sample = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const startedAt = performance.now();
  try {
    await run();
    sample();
    return { name, durationMs: performance.now() - startedAt, peakBytes };
  } finally {
    clearInterval(timer);
  }
}
