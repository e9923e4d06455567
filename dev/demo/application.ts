import type { Db } from "mongodb";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that uses the old deployment all the while, as a product does. */
export interface Application extends AsyncDisposable {
  /** Writes so far. */
  count(): number;
  /** Ends once the write under way is done. */
  stop(): Promise<void>;
}

const PAUSE_MS = 5;
/** A visitor leaves again. */
const VISITS_KEPT = 200;

/** Inserts and deletes visits, and counts people in cities, up to 150 times a second. */
export function startApplication(db: Db, cityIds: readonly number[]): Application {
  const over = new AbortController();
  const visits = db.collection<{ _id: number; city: number; at: Date }>("visits");
  const cities = db.collection("cities");
  let count = 0;
  const working = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      const city = cityIds[(n * 7919) % cityIds.length]!;
      if (n % 3 === 0) await cities.updateOne({ cityId: city }, { $inc: { population: 1 } });
      else if (n % 3 === 1) await visits.insertOne({ _id: n, city, at: new Date() });
      else await visits.deleteOne({ _id: n - 1 - 3 * VISITS_KEPT });
      count++;
      await sleep(PAUSE_MS);
    }
  })();
  // Whoever stops it hears of it.
  working.catch(() => {});
  const stop = async (): Promise<void> => {
    over.abort();
    await working;
  };
  return {
    count: () => count,
    stop,
    // Its client may be closed by then.
    [Symbol.asyncDispose]: async () => stop().catch(() => {}),
  };
}
