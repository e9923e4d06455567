import type { MethodName, Settings } from "./results.ts";

/** What is tried in the warm-up of each method, so that a yardstick is never slower than it has to be. */
const CANDIDATES: Record<MethodName, readonly Settings[]> = {
  floor: [{ inFlight: 2 }, { inFlight: 4 }, { inFlight: 8 }],
  "find-insert-many": [
    { documentsPerBatch: 1000, inFlight: 2 },
    { documentsPerBatch: 1000, inFlight: 4 },
    { documentsPerBatch: 10_000, inFlight: 2 },
  ],
  ours: [{}],
  "dump-restore": [{}],
};

/** Tries each candidate once and returns the fastest. */
export async function chooseSettings(
  method: MethodName,
  measureSeconds: (settings: Settings) => Promise<number>,
): Promise<Settings> {
  let best: { readonly settings: Settings; readonly seconds: number } | null = null;
  for (const settings of CANDIDATES[method]) {
    const seconds = await measureSeconds(settings);
    if (best === null || seconds < best.seconds) best = { settings, seconds };
  }
  return best?.settings ?? {};
}
