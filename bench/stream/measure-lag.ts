/** How far the destination is behind while the source is written to all the time. Looks at the destination only. */
import { MongoClient } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";
import { watchProcesses } from "../copy/process-usage.ts";
import { startFollower } from "./follower.ts";

export interface LagResult {
  /** Writes that the source took, of those asked for. */
  readonly writesPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Of a core, by the program. */
  readonly cpuShare: number | null;
}

const KEYS = 50_000;
/** Two commands, one behind the other, take some 13 ms on a busy machine. */
const TICK_MS = 20;

export async function measureLag(
  writesPerSecond: number,
  seconds: number,
  signal: AbortSignal,
): Promise<LagResult> {
  await using source = await startReplicaSet({ name: "source" });
  await using destination = await startReplicaSet({ name: "destination" });
  const from = await MongoClient.connect(source.uri);
  const to = await MongoClient.connect(destination.uri);
  try {
    const docs = from.db("bench").collection("docs");
    const text = "x".repeat(900);
    await docs.insertMany(Array.from({ length: KEYS }, (_, n) => ({ _id: n, text })) as never[], {
      ordered: false,
    });
    await from
      .db("bench")
      .collection("beat")
      .insertOne({ _id: 1 as never, n: 0 });
    const follower = await startFollower({
      SOURCE_URI: source.uri,
      DESTINATION_URI: destination.uri,
    });
    try {
      await sleep(2_000);
      const usage = watchProcesses([follower.pid]);
      await sleep(50);
      const cpuBefore = usage.latest().cpuSeconds ?? 0;
      const sentAt: number[] = [];
      const lags: number[] = [];
      let written = 0;
      const over = new AbortController();
      const perTick = Math.round((writesPerSecond * TICK_MS) / 1_000);
      const startedAt = performance.now();
      const write = async (): Promise<void> => {
        for (let tick = 1; !over.signal.aborted; tick++) {
          const operations = Array.from({ length: perTick - 1 }, (_, n) => ({
            updateOne: {
              filter: { _id: ((tick * perTick + n * 7_919) % KEYS) as never },
              update: { $set: { n: tick } },
            },
          }));
          const beat = {
            updateOne: { filter: { _id: 1 as never }, update: { $set: { n: tick } } },
          };
          await docs.bulkWrite(operations, { ordered: false });
          await from.db("bench").collection("beat").bulkWrite([beat]);
          sentAt[tick] = performance.now();
          written += perTick;
          await sleep(Math.max(0, startedAt + tick * TICK_MS - performance.now()));
        }
      };
      const watch = async (): Promise<void> => {
        let seen = 0;
        while (!over.signal.aborted) {
          const found = await to.db("bench").collection("beat").findOne();
          const now = performance.now();
          const n = Number(found?.["n"] ?? 0);
          for (; seen < n;) {
            seen++;
            const sent = sentAt[seen];
            if (sent !== undefined) lags.push(now - sent);
          }
          await sleep(2);
        }
      };
      const end = async (): Promise<void> => {
        await sleep(seconds * 1_000, undefined, { signal });
        over.abort();
      };
      await Promise.all([write(), watch(), end()]);
      const lasted = (performance.now() - startedAt) / 1_000;
      const cpu = usage.latest().cpuSeconds;
      usage.stop();
      const sorted = lags.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
      return {
        writesPerSecond: written / lasted,
        medianMs: at(0.5),
        p99Ms: at(0.99),
        mostMs: at(1),
        cpuShare: cpu === null ? null : (cpu - cpuBefore) / lasted,
      };
    } finally {
      await follower.stop();
    }
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}
