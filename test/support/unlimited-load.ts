import type { LoadGate } from "../../src/ports.ts";

/** Lets everything through at once. */
export function unlimitedLoad(workers = 4): LoadGate {
  return {
    workers,
    portion: null,
    onWorkersChanged: () => () => {},
    take: async () => false,
    takePatiently: async () => false,
    untilMayCopy: async () => {},
    untilMayCompare: async () => {},
    watchWrite: async (_documentCount, _bytes, write) => write(),
  };
}
