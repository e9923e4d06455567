/** The state a server was in when the precheck looked. What the account may not read, or the server did not answer in time, is null. */

export interface StorageEngineFacts {
  /** Such as `wiredTiger` or `inMemory`. */
  readonly name: string;
  /** Whether data outlives the process; null where the server does not say. */
  readonly isPersistent: boolean | null;
  /** Whether the server itself encrypts its files; managed services encrypt below it, which no server can tell. */
  readonly isEncrypted: boolean;
}

export interface OplogFacts {
  /** From the oldest to the newest entry. */
  readonly windowMs: number;
  /** What the oplog holds now and at most; null where the account may not know. */
  readonly size: { readonly usedBytes: number; readonly maxBytes: number } | null;
}

export interface LoadFacts {
  readonly connections: { readonly current: number; readonly available: number } | null;
  /** Operations that wait for a lock. */
  readonly queuedOperations: number | null;
  /** Share of the cache in use, and of it that is not written yet, from 0 to 1. Null for other storage engines. */
  readonly cache: { readonly usedShare: number; readonly dirtyShare: number } | null;
  /** Storage engine tickets that are free; none left means that operations wait. */
  readonly tickets: { readonly read: number; readonly write: number } | null;
}

export interface ClockFacts {
  /** The server's clock minus the runner's. */
  readonly aheadMs: number;
  /** Half the round trip: the difference is known no better than this. */
  readonly uncertaintyMs: number;
}

/** Where an address leads: to this machine, a private network, the internet; unknown where a name has no address here. */
export type AddressScope = "loopback" | "private" | "public" | "unknown";

export interface NetworkFacts {
  readonly hasTls: boolean;
  readonly allowsInvalidCertificates: boolean;
  readonly allowsInvalidHostnames: boolean;
  /** Every host the connection uses, as `host:port`. */
  readonly hosts: readonly { readonly host: string; readonly scope: AddressScope }[];
}

/** All of it, for one deployment. */
export interface ServerState {
  readonly storageEngine: StorageEngineFacts | null;
  readonly oplog: OplogFacts | null;
  readonly load: LoadFacts | null;
  readonly clock: ClockFacts | null;
  /** Sum of the sizes on disk of all databases. */
  readonly usedStorageBytes: number | null;
  /** Whether this is one of Atlas' tiers (M0, M2, M5, Flex) that share a server and refuse many commands. */
  readonly isSharedTier: boolean;
}
