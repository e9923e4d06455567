/** Clients that write to a source at random, until they are told to stop. */
import { MongoClient, MongoError } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { extent } from "../extent.ts";
import { type SeededRandom, seededRandom } from "../seeded-random.ts";
import { DOCUMENT_OPERATIONS } from "./document-operations.ts";
import { SCHEMA_OPERATIONS } from "./schema-operations.ts";

export interface WorkloadOptions {
  readonly uri: string;
  readonly seed: number;
  readonly writers: number;
  /** Waits between the operations of one writer, at most; left out: long enough to leave a machine of two cores to the program. */
  readonly pauseMs?: number;
  /** Waits between changes of what there is, at most; null: makes none. */
  readonly schemaPauseMs: number | null;
}

export interface Workload {
  /** Ends the operations under way, and tells how many of each kind have succeeded. */
  stop(): Promise<Readonly<Record<string, number>>>;
}

const COLLECTIONS = [
  ["shop", "orders"],
  ["shop", "orders"],
  ["shop", "items"],
  ["shop", "users"],
  ["shop", "logs"],
  ["shop", "tmp_a"],
  ["crm", "users"],
  ["attic", "items"],
] as const;

export async function startWorkload(options: WorkloadOptions): Promise<Workload> {
  const { uri, seed, writers, pauseMs = extent(10, 4), schemaPauseMs } = options;
  const client = await MongoClient.connect(uri, { retryWrites: true });
  const done: Record<string, number> = {};
  const over = new AbortController();
  const repeat = async (
    random: SeededRandom,
    longestPauseMs: number,
    next: () => readonly [string, () => Promise<unknown>],
  ): Promise<void> => {
    while (!over.signal.aborted) {
      const [name, run] = next();
      try {
        await run();
        done[name] = (done[name] ?? 0) + 1;
      } catch (error) {
        // Names that are taken or gone, keys that exist, elections: what any client meets.
        if (!(error instanceof MongoError)) throw error;
      }
      await sleep(random.below(longestPauseMs + 1));
    }
  };
  const documentNames = Object.keys(DOCUMENT_OPERATIONS);
  const schemaNames = Object.keys(SCHEMA_OPERATIONS);
  const tasks = Array.from({ length: writers }, async (_, index) => {
    const random = seededRandom(seed * 100 + index);
    return repeat(random, pauseMs, () => {
      const name = random.pick(documentNames);
      const [db, coll] = random.pick(COLLECTIONS);
      const collection = client.db(db).collection(coll);
      return [name, async () => DOCUMENT_OPERATIONS[name]?.(collection, random, client)];
    });
  });
  if (schemaPauseMs !== null) {
    const random = seededRandom(seed * 100 + 99);
    tasks.push(
      repeat(random, schemaPauseMs, () => {
        const name = random.pick(schemaNames);
        return [name, async () => SCHEMA_OPERATIONS[name]?.(client, random)];
      }),
    );
  }
  return {
    async stop() {
      over.abort();
      await Promise.all(tasks);
      await client.close();
      return done;
    },
  };
}
