/**
 * What it costs to start the built program, against Node alone and Node with the driver. Within a round each runs once, and each
 * round begins with another one.
 */
import { MongoClient } from "mongodb";
import { fileURLToPath } from "node:url";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { type TimedProcess, timeProcess } from "./time-process.ts";

/** In the order of the table. */
export const STARTED = ["node", "driver", "version", "validate", "plan"] as const;
export type Started = (typeof STARTED)[number];

export type StartTime = Awaited<ReturnType<typeof timeProcess>>;
export type StartRound = Readonly<Record<Started, StartTime>>;

export interface StartResults {
  /** Of the servers. */
  readonly version: string;
  readonly rounds: readonly StartRound[];
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = "dist/bin.js";
const SPECS = ["test/support/scenario/connections.yaml", "bench/start/migration.yaml"];
const COLLECTIONS = ["customers", "orders", "products"];

const ARGUMENTS: Readonly<Record<Started, readonly string[]>> = {
  node: ["-e", "0"],
  driver: ["-e", 'require("mongodb")'],
  version: [BIN, "--version"],
  validate: [BIN, "validate"],
  plan: [BIN, "plan", ...SPECS.flatMap((path) => ["-f", path])],
};

export async function measureStart(
  roundCount: number,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<StartResults> {
  await using source = await startReplicaSet({ name: "source" });
  await using destination = await startReplicaSet({ name: "destination" });
  await createSmallDatabase(source.uri);
  const env = { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri };
  // Once unmeasured: the files are in the cache then, and the metadata database is there.
  await measureRound(0, env, signal);
  const rounds: StartRound[] = [];
  for (let round = 0; round < roundCount; round++) {
    const measured = await measureRound(round, env, signal);
    rounds.push(measured);
    const times = STARTED.map((name) => `${name} ${measured[name].cpuSeconds.toFixed(3)}`);
    report(`round ${round + 1}, CPU s: ${times.join(", ")}`);
  }
  return { version: source.version, rounds };
}

async function measureRound(
  round: number,
  env: TimedProcess["env"],
  signal: AbortSignal,
): Promise<StartRound> {
  const measured = new Map<Started, StartTime>();
  for (let index = 0; index < STARTED.length; index++) {
    const name = STARTED[(index + round) % STARTED.length] ?? "node";
    const args = ARGUMENTS[name];
    measured.set(name, await timeProcess({ args, cwd: ROOT, env }, signal));
  }
  return Object.fromEntries(measured) as StartRound;
}

async function createSmallDatabase(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri);
  try {
    for (const name of COLLECTIONS) {
      const collection = client.db("small").collection(name);
      await collection.insertMany(Array.from({ length: 100 }, (_, n) => ({ n })));
      await collection.createIndex({ n: 1 });
    }
  } finally {
    await client.close();
  }
}
