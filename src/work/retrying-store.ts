import type { Retry } from "../base/retry.ts";
import type { MigrationStore } from "../ports.ts";

/**
 * A store whose phases, history and artifacts are read and written over lost connections and elections. What copies and follows does
 * so by itself, and is given through.
 */
export function retryingStore(store: MigrationStore, retry: Retry): MigrationStore {
  return {
    ...store,
    readRun: async (migration) => retry(async () => store.readRun(migration)),
    recordTransition: async (lease, request) => {
      const before = await retry(async () => store.readRun(lease.migration));
      return retry(async () => {
        // The answer to an earlier try may have been lost.
        const now = await store.readRun(lease.migration);
        const isDone = now?.seq === (before?.seq ?? 0) + 1 && now.epoch === lease.epoch;
        const newest = isDone ? (await store.listTransitions(lease.migration)).at(-1) : undefined;
        return newest ?? store.recordTransition(lease, request);
      });
    },
    storeStartFence: async (lease, fence) => retry(async () => store.storeStartFence(lease, fence)),
    listTransitions: async (migration) => retry(async () => store.listTransitions(migration)),
    storeConditions: async (lease, conditions) =>
      retry(async () => store.storeConditions(lease, conditions)),
    markPublished: async (lease, seq) => retry(async () => store.markPublished(lease, seq)),
    takeCheckpoint: async (lease, runSeq) => retry(async () => store.takeCheckpoint(lease, runSeq)),
    readCutover: async (migration, runSeq) =>
      retry(async () => store.readCutover(migration, runSeq)),
    storeCutover: async (lease, record) => retry(async () => store.storeCutover(lease, record)),
    deleteCutover: async (lease) => retry(async () => store.deleteCutover(lease)),
    saveArtifact: async (migration, kind, digest, text) =>
      retry(async () => store.saveArtifact(migration, kind, digest, text)),
    loadArtifact: async (migration, kind, digest) =>
      retry(async () => store.loadArtifact(migration, kind, digest)),
  };
}
