/** Writes to the part of the orders that no corruption is planted in, 2,000 times a second. */
import { extent } from "../extent.ts";
import type { Collection, Document } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../seeded-random.ts";
import { orderOf, ORDERS, QUIET } from "./planted.ts";

export const PER_SECOND = extent(500, 2_000);
const EVERY_MS = 10;

export interface Writers {
  /** Writes per second so far. */
  rate(): number;
  stop(): Promise<void>;
}

export function startWriters(orders: Collection<Document>): Writers {
  const random = seededRandom(7);
  const over = new AbortController();
  const startedAtMs = performance.now();
  let writes = 0;
  const write = async (): Promise<void> => {
    while (!over.signal.aborted) {
      // What was held up is made up for.
      const due = Math.min(((performance.now() - startedAtMs) / 1_000) * PER_SECOND - writes, 200);
      const batch = Array.from({ length: Math.max(Math.floor(due), 0) }, () => operation());
      // In order, each change of kind would be a command of its own, and wait for a majority.
      if (batch.length > 0) await orders.bulkWrite(batch as never, { ordered: false });
      writes += batch.length;
      await sleep(EVERY_MS);
    }
  };
  const operation = (): Document => {
    const n = QUIET + random.below(ORDERS - QUIET);
    const filter = { _id: n };
    switch (random.below(5)) {
      case 0:
        return { deleteOne: { filter } };
      case 1: {
        const { _id, ...rest } = orderOf(n);
        return { replaceOne: { filter, replacement: rest, upsert: true } };
      }
      default:
        return { updateOne: { filter, update: { $inc: { count: 1, [`m.${n % 5}`]: 1 } } } };
    }
  };
  const writing = write();
  return {
    rate: () => writes / ((performance.now() - startedAtMs) / 1_000),
    async stop() {
      over.abort();
      await writing;
    },
  };
}
