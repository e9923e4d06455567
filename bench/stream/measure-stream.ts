/**
 * How fast a backlog of changes is applied, by the program itself and by a yardstick, each to a server of its own that begins with
 * the same documents.
 */
import { type Db, type Document, Long, MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { watchProcesses } from "../copy/process-usage.ts";
import { type BacklogShape, fill, openSource, pileUp } from "./backlog.ts";
import { startFollower } from "./follower.ts";
import { runYardstick } from "./yardstick.ts";

export interface Applied {
  readonly seconds: number;
  /** Null where the system does not tell. */
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
}

export interface StreamRound {
  readonly shape: BacklogShape["name"];
  readonly operations: number;
  readonly ours: Applied;
  /** Null without a yardstick. */
  readonly yardstick: Applied | null;
}

export interface StreamBench {
  readonly shape: BacklogShape;
  readonly round: number;
  /** Script to compare with; null: none. */
  readonly yardstick: string | null;
  readonly signal: AbortSignal;
  report(line: string): void;
}

const DATABASE = "bench";
/** Asking more often would take from one side what the other keeps. */
const MARKER_POLL_MS = 50;
/** The documents fit: with less, all there is to measure is how servers read them from disk and evict them again. */
const SERVER = { args: ["--oplogSize=2000"], cacheGb: 1 };

export async function measureStream(bench: StreamBench): Promise<StreamRound> {
  const { shape, round, yardstick, signal, report } = bench;
  await using source = await startReplicaSet({ name: "source", ...SERVER });
  await using destination = await startReplicaSet({ name: "destination", ...SERVER });
  await using other = await startReplicaSet({ name: "other", ...SERVER });
  const clients = await Promise.all(
    [source, destination, other].map(async ({ uri }) => MongoClient.connect(uri)),
  );
  try {
    const [from, to, beside] = clients.map((client) => client.db(DATABASE)) as [Db, Db, Db];
    const docs = openSource(round);
    await Promise.all([
      fill(from.collection("docs"), shape, docs),
      fill(beside.collection("docs"), shape, openSource(round)),
    ]);
    report(`${shape.name}, round ${round}: filled`);
    await from.createCollection("marker");
    await beside.createCollection("marker");
    const env = { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri };
    const first = await startFollower(env);
    await first.stop();
    signal.throwIfAborted();
    // The feed from a time on tells also what happened at that very time: let it be of no concern.
    await clients[0]?.db("beside").collection("beat").insertOne({});
    const t0 = await clusterTimeOf(from);
    await pileUp(from.collection("docs"), shape, docs);
    await from.collection("marker").insertOne({ _id: 1 as never });
    report(`${shape.name}, round ${round}: the backlog is there`);
    await Promise.all(clients.map(async (client) => client.db("admin").command({ fsync: 1 })));
    const runs: { ours?: Applied; yardstick?: Applied } = {};
    const steps = [
      async () => {
        runs.ours = await follow(env, to);
      },
      async () => {
        if (yardstick === null) return;
        runs.yardstick = await runYardstick(yardstick, [source.uri, other.uri], t0);
      },
    ];
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) {
      signal.throwIfAborted();
      await step();
    }
    await requireEqual(from, to);
    if (runs.ours === undefined) throw new Error("nothing was measured");
    const { operations } = shape;
    return { shape: shape.name, operations, ours: runs.ours, yardstick: runs.yardstick ?? null };
  } finally {
    await Promise.all(clients.map(async (client) => client.close()));
  }
}

async function follow(
  env: { readonly SOURCE_URI: string; readonly DESTINATION_URI: string },
  destination: Db,
): Promise<Applied> {
  const follower = await startFollower(env);
  const startedAt = performance.now();
  const usage = watchProcesses([follower.pid]);
  const before = await usageOnce(usage);
  try {
    const marker = destination.collection("marker");
    while ((await marker.findOne({}, { projection: { _id: 1 } })) === null)
      await sleep(MARKER_POLL_MS);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { cpuSeconds, peakBytes } = usage.latest();
    const used = cpuSeconds === null || before === null ? null : cpuSeconds - before;
    return { seconds, cpuSeconds: used, peakBytes };
  } finally {
    usage.stop();
    await follower.stop();
  }
}

/** What it has used before it began. */
async function usageOnce(usage: ReturnType<typeof watchProcesses>): Promise<number | null> {
  await sleep(25);
  return usage.latest().cpuSeconds;
}

/** As the digits of an unsigned 64-bit number. */
async function clusterTimeOf(db: Db): Promise<string> {
  const { operationTime } = await db.command({ ping: 1 });
  return Long.fromBits(operationTime.low, operationTime.high, true).toString();
}

async function requireEqual(source: Db, destination: Db): Promise<void> {
  const hashes = await Promise.all([source, destination].map(hashOf));
  if (hashes[0] !== hashes[1]) throw new Error("The destination is not equal");
}

async function hashOf(db: Db): Promise<unknown> {
  const { collections } = (await db.command({ dbHash: 1, collections: ["docs"] })) as Document;
  return (collections as Document)["docs"];
}
