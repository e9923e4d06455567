/** The two servers of the benchmark: what is copied, and where to. */
import { type Document, MongoClient } from "mongodb";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { METADATA_DATABASE, SOURCE_DATABASE } from "./job.ts";
import type { MeasuredShape } from "./results.ts";
import { type Shape, generateDocuments } from "./shapes.ts";

const LOAD_BATCH_DOCUMENTS = 5000;
/** In MB. The default depends on the disk's size; with this one servers are in their steady state after the first copy. */
const OPLOG_ARGUMENT = "--oplogSize=500";

export interface BenchEnds {
  readonly sourceUri: string;
  readonly destinationUri: string;
  readonly version: string;
  /** Fills a collection of the source, named like the shape. */
  load(shape: Shape, documentCount: number, signal: AbortSignal): Promise<MeasuredShape>;
  /** Empties the destination, and has both servers write to disk what they owe. */
  reset(): Promise<void>;
  /** Throws unless the destination has all documents. */
  check(shape: MeasuredShape): Promise<void>;
}

/** Starts both servers and lends them to `use`. */
export async function withBenchEnds<T>(use: (ends: BenchEnds) => Promise<T>): Promise<T> {
  const args = [OPLOG_ARGUMENT];
  await using sourceSet = await startReplicaSet({ name: "source", args });
  await using destinationSet = await startReplicaSet({ name: "destination", args });
  const source = new MongoClient(sourceSet.uri);
  const destination = new MongoClient(destinationSet.uri);
  try {
    return await use({
      sourceUri: sourceSet.uri,
      destinationUri: destinationSet.uri,
      version: sourceSet.version,
      load: async (shape, documentCount, signal) =>
        load(source, generateDocuments(shape, documentCount), { shape, documentCount, signal }),
      reset: async () => reset(source, destination),
      check: async (shape) => check(destination, shape),
    });
  } finally {
    await Promise.all([source.close(), destination.close()]);
  }
}

async function reset(source: MongoClient, destination: MongoClient): Promise<void> {
  for (const name of [SOURCE_DATABASE, METADATA_DATABASE]) {
    await destination.db(name).dropDatabase({ writeConcern: { w: "majority" } });
  }
  // Waits for a checkpoint, after which dropped files are removed.
  await Promise.all(
    [source, destination].map((client) => client.db("admin").command({ fsync: 1 })),
  );
}

async function check(client: MongoClient, { name, documentCount }: MeasuredShape): Promise<void> {
  const copied = await client.db(SOURCE_DATABASE).collection(name).countDocuments();
  if (copied === documentCount) return;
  throw new Error(`${name}: ${copied} of ${documentCount} documents are at the destination`);
}

interface Load {
  readonly shape: Shape;
  readonly documentCount: number;
  readonly signal: AbortSignal;
}

async function load(
  client: MongoClient,
  documents: Iterable<Document>,
  { shape, documentCount, signal }: Load,
): Promise<MeasuredShape> {
  const collection = client.db(SOURCE_DATABASE).collection(shape.name);
  let batch: Document[] = [];
  for (const document of documents) {
    batch.push(document);
    if (batch.length < LOAD_BATCH_DOCUMENTS) continue;
    signal.throwIfAborted();
    await collection.insertMany(batch, { ordered: false });
    batch = [];
  }
  if (batch.length > 0) await collection.insertMany(batch, { ordered: false });
  const [stats] = await collection.aggregate([{ $collStats: { storageStats: {} } }]).toArray();
  const { name, description } = shape;
  return { name, description, documentCount, dataBytes: Number(stats?.["storageStats"].size) };
}
