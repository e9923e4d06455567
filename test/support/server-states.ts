/** What servers might say of their state. */
import type { NetworkFacts, ServerState } from "../../src/model/server-state.ts";

/** An idle server that tells everything. */
export const IDLE: ServerState = {
  storageEngine: { name: "wiredTiger", isPersistent: true, isEncrypted: false },
  oplog: { windowMs: 24 * 3_600_000, size: { usedBytes: 1024 ** 3, maxBytes: 1024 ** 3 } },
  load: {
    connections: { current: 10, available: 1_000 },
    queuedOperations: 0,
    cache: { usedShare: 0.5, dirtyShare: 0.01 },
    tickets: { read: 128, write: 128 },
  },
  clock: { aheadMs: 0, uncertaintyMs: 1 },
  usedStorageBytes: 0,
  isSharedTier: false,
};

/** The same, of which an account without rights learns nothing. */
export const SILENT: ServerState = {
  storageEngine: null,
  oplog: null,
  load: null,
  clock: null,
  usedStorageBytes: null,
  isSharedTier: false,
};

export const LOCAL_NETWORK: NetworkFacts = {
  hasTls: false,
  allowsInvalidCertificates: false,
  allowsInvalidHostnames: false,
  hosts: [{ host: "db:27017", scope: "private" }],
};
