import type { ExactDocument } from "./exact-document.ts";
import type { Namespace } from "./namespace.ts";
import type { Account } from "./privileges.ts";
import type { ClusterTime, Phase } from "./run.ts";
import type { NetworkFacts, ServerState } from "./server-state.ts";

/** The steps of the connectivity test (R8), in the order they are taken. */
export type ConnectivityStep =
  | "configuration"
  | "name-resolution"
  | "tcp"
  | "tls"
  | "handshake"
  | "authentication"
  | "topology"
  | "primary"
  | "version"
  | "authorization";

export type ConnectivityResult =
  | { readonly isPassed: true; readonly summary: string }
  | {
      readonly isPassed: false;
      readonly step: ConnectivityStep;
      /** Stable word: `host-not-found`, `port-closed`, `timeout`, `tls-failure`, `wrong-password`, … */
      readonly code: string;
      readonly cause: string;
      readonly remedy: string;
    };

export type Topology = "standalone" | "replica-set" | "sharded";

/** What was found out about one deployment, at one moment. */
export interface DeploymentFacts {
  readonly connection: string;
  readonly connectivity: ConnectivityResult;
  /** Null where the connectivity test failed. */
  readonly server: ServerFacts | null;
}

export interface ServerFacts {
  /** Such as `6.0.5`. */
  readonly version: string;
  /** Null where the account may not read it. */
  readonly featureCompatibilityVersion: string | null;
  readonly topology: Topology;
  readonly replicaSet: string | null;
  readonly hosts: readonly string[];
  /** Identifies the primary's process; equal on both ends means the same deployment. Null before 4.4. */
  readonly processId: string | null;
  /** Null where the account may not know. */
  readonly freeDiskBytes: number | null;
  readonly state: ServerState;
  readonly network: NetworkFacts;
  /** Null where access control is off. */
  readonly account: Account | null;
}

export type CollectionKind = "collection" | "view" | "timeseries";

/** One collection or view as the server lists it. */
export interface CollectionFacts {
  readonly namespace: Namespace;
  readonly kind: CollectionKind;
  /** Hex of the collection UUID; null for views. */
  readonly uuid: string | null;
  readonly options: ExactDocument;
  readonly indexes: readonly IndexFacts[];
  readonly documentCount: number;
  /** Uncompressed size of the documents. */
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** Whether its documents are spread over shards; only routers say so. */
  readonly isSharded: boolean;
}

export interface IndexFacts {
  readonly name: string;
  /** The whole description as `listIndexes` gives it. */
  readonly spec: ExactDocument;
  /** Whether it was still being built when it was listed. */
  readonly isBuilding: boolean;
}

/** An index that the destination refused to build: the data, or the index itself, is in the way. */
export interface FailedIndex {
  readonly name: string;
  /** In words that hold nothing of any document, since they are stored and committed. */
  readonly cause: string;
  /** Digest of the plan under which it was tried last. */
  readonly triedUnder: string;
  /** Whether a later try has built it. */
  readonly isBuilt: boolean;
}

/** A namespace at the destination that this migration itself created, from the metadata database. */
export interface OwnedTarget {
  readonly target: Namespace;
  readonly source: Namespace;
  readonly sourceUuid: string | null;
  /** Null for views, and for a collection whose creation may not have come to its end. */
  readonly targetUuid: string | null;
  /** What stood there before and was replaced; null where the target was free. */
  readonly replaced: { readonly documentCount: number; readonly dataBytes: number } | null;
  /** Query of the documents it was made of; null: all. */
  readonly filter: string | null;
  readonly isComplete: boolean;
  /** What a complete target lacks all the same, as it was when it was last worked on. */
  readonly failedIndexes: readonly FailedIndex[];
  /** The plan under which it was worked on last. */
  readonly planDigest: string;
}

/** A document filter that the source's server does not take. */
export interface FilterRefusal {
  readonly source: Namespace;
  /** In the server's words. */
  readonly reason: string;
}

/** A target that another migration with the same metadata database has written to. */
export interface ForeignTarget {
  readonly migration: string;
  readonly target: Namespace;
  /** Whether that migration has come to its end, and writes no more. */
  readonly isEnded: boolean;
}

/** What the source has that is no part of any collection; null where it could not be found out. */
export interface LeftBehind {
  readonly users: UserCount | null;
  /** Roles that are defined in the databases of the selected objects, and in `admin`. */
  readonly roleCount: number | null;
  /** `stage-unknown`: the server's release has no stage that lists them, so that only Atlas knows. */
  readonly searchIndexes: readonly SearchIndexes[] | "stage-unknown" | null;
}

export interface UserCount {
  readonly count: number;
  /** Whether those of every database are counted; else those of the selected objects', of `admin` and of `$external`. */
  readonly isOfDeployment: boolean;
}

/** Atlas Search and Vector Search indexes of one collection. */
export interface SearchIndexes {
  readonly namespace: Namespace;
  readonly names: readonly string[];
}

/** The migration that is turned around, as its own metadata database has it. */
export interface ReverseOrigin {
  /** Null where nothing is known of it there. */
  readonly phase: Phase | null;
  /** Time of what is the source now, at which its cutover ended; null where it was not cut over. */
  readonly since: ClusterTime | null;
  /** Time of the oldest change that the source still has; null where the account may not read it. */
  readonly oldest: ClusterTime | null;
  /** What it has moved, turned around: from where to where it goes back. */
  readonly moved: readonly { readonly source: Namespace; readonly target: Namespace }[];
  /** Whether the destination refuses writes of users; null where the account may not know. */
  readonly isDestinationBlocked: boolean | null;
  /** Whether this migration follows already: it began when all was well. */
  readonly isUnderWay: boolean;
}

/** All that precheck and plan decide on; collected once, then pure functions only. */
export interface Facts {
  readonly source: DeploymentFacts;
  readonly destination: DeploymentFacts;
  /** Names of all databases of the source. */
  readonly sourceDatabases: readonly string[];
  readonly destinationDatabases: readonly string[];
  /** Everything in the databases the spec selects, also what the selection leaves out. */
  readonly sourceCollections: readonly CollectionFacts[];
  /** Everything in the databases the migration writes to. */
  readonly destinationCollections: readonly CollectionFacts[];
  readonly ownedTargets: readonly OwnedTarget[];
  readonly filterRefusals: readonly FilterRefusal[];
  /** Of the databases the migration writes to. */
  readonly foreignTargets: readonly ForeignTarget[];
  readonly leftBehind: LeftBehind;
  /** What a migration that goes back begins from; null for all others. */
  readonly origin: ReverseOrigin | null;
  /** Digest of the plan of the run that has begun and not ended; null where there is none. */
  readonly runDigest: string | null;
}
