/**
 * How fast two equal collections are compared: by the product, by a script that decodes documents, and by a yardstick. Within a round
 * each runs once, and each round begins with another one.
 */
import { MongoClient } from "mongodb";
import { execaNode } from "execa";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import type { Measured } from "../copy/results.ts";
import { generateDocuments, SHAPES, type Shape } from "../copy/shapes.ts";
import { runScript } from "../stream/yardstick.ts";
import type { VerifyJob } from "./worker.ts";

export type VerifyMethod = VerifyJob["method"] | "yardstick";

export interface VerifyRound {
  readonly round: number;
  readonly documentCount: number;
  readonly measured: ReadonlyMap<VerifyMethod, Measured>;
}

export interface VerifyBench {
  readonly documentCount: number;
  readonly rounds: number;
  /** Script to compare with; null: none. */
  readonly yardstick: string | null;
  readonly signal: AbortSignal;
  report(line: string): void;
}

/** What the yardstick names in its text. */
const DATABASE = "bench";
const COLLECTION = "small";
const LOAD_BATCH_DOCUMENTS = 5_000;
/** The documents fit: with less, all there is to measure is how servers read them from disk. */
const SERVER = { cacheGb: 1 };
const WORKER = new URL("./worker.ts", import.meta.url);

export async function measureVerify(bench: VerifyBench): Promise<readonly VerifyRound[]> {
  await using source = await startReplicaSet({ name: "source", ...SERVER });
  await using destination = await startReplicaSet({ name: "destination", ...SERVER });
  const uris = [source.uri, destination.uri] as const;
  for (const uri of uris) await load(uri, bench);
  bench.report("loaded");
  const methods: readonly VerifyMethod[] =
    bench.yardstick === null ? ["ours", "decoded"] : ["ours", "decoded", "yardstick"];
  // Once unmeasured, so that both servers have everything in their caches.
  await run("decoded", bench, uris);
  const rounds: VerifyRound[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const measured = new Map<VerifyMethod, Measured>();
    for (let index = 0; index < methods.length; index++) {
      const method = methods[(index + round) % methods.length] ?? "ours";
      bench.signal.throwIfAborted();
      const result = await run(method, bench, uris);
      measured.set(method, result);
      bench.report(`round ${round + 1}, ${method}: ${result.seconds.toFixed(2)} s`);
    }
    rounds.push({ round: round + 1, documentCount: bench.documentCount, measured });
  }
  return rounds;
}

async function load(uri: string, { documentCount, signal }: VerifyBench): Promise<void> {
  const [shape] = SHAPES as readonly [Shape];
  const client = await MongoClient.connect(uri);
  try {
    const collection = client.db(DATABASE).collection(COLLECTION);
    let batch = [];
    for (const document of generateDocuments(shape, documentCount)) {
      batch.push(document);
      if (batch.length < LOAD_BATCH_DOCUMENTS) continue;
      signal.throwIfAborted();
      await collection.insertMany(batch, { ordered: false });
      batch = [];
    }
    if (batch.length > 0) await collection.insertMany(batch, { ordered: false });
    await client.db("admin").command({ fsync: 1 });
  } finally {
    await client.close();
  }
}

async function run(
  method: VerifyMethod,
  { yardstick, documentCount, signal }: VerifyBench,
  [sourceUri, destinationUri]: readonly [string, string],
): Promise<Measured> {
  if (method === "yardstick") {
    return runScript(yardstick ?? "", [sourceUri, destinationUri], [], / ([\d.]+) s cpu/u);
  }
  const job: VerifyJob = {
    method,
    sourceUri,
    destinationUri,
    database: DATABASE,
    collection: COLLECTION,
    documentCount,
  };
  const { ipcOutput } = await execaNode(WORKER, {
    nodeOptions: [
      // What the product turns off when it starts; scripts with the driver know nothing of it.
      ...(method === "ours" ? ["--no-incremental-marking"] : []),
      "--import",
      import.meta.resolve("tsx"),
    ],
    ipcInput: { ...job },
    cancelSignal: signal,
    stdout: "inherit",
    stderr: "inherit",
  });
  const measured = ipcOutput[0] as unknown as Measured | undefined;
  if (measured === undefined) throw new Error(`${method} ended without a result`);
  return measured;
}
