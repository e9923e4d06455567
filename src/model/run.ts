import type { Namespace } from "./namespace.ts";
import type { DocumentDifference } from "./verification.ts";

/**
 * Where a migration is. The table of transitions stands in `state/lifecycle.ts`.
 * `Stalled` always carries a reason and what to do.
 */
export type Phase =
  | "Pending"
  | "Prechecking"
  | "Copying"
  | "CatchingUp"
  | "Streaming"
  | "CuttingOver"
  | "Verifying"
  | "Completed"
  | "Paused"
  | "Stopped"
  | "Stalled";

/** Whether a migration in this phase has come to its end, and writes no more. */
export function hasEnded(phase: Phase): boolean {
  return phase === "Completed" || phase === "Stopped";
}

/** A fact about a run that users act on, in the manner of Kubernetes conditions. */
export interface Condition {
  /** Such as `Verified`. */
  readonly type: string;
  readonly status: "true" | "false" | "unknown";
  readonly message: string;
}

/** One change of phase, as it is stored, published to git and never altered. */
export interface Transition {
  readonly migration: string;
  /** Counts up by one from 1 for each migration. */
  readonly seq: number;
  readonly epoch: number;
  readonly from: Phase;
  readonly to: Phase;
  readonly at: Date;
  readonly reason: string;
  readonly planDigest: string | null;
  readonly specHash: string;
  readonly conditions: readonly Condition[];
}

/** The hot record of a migration in the metadata database. */
export interface RunRecord {
  readonly migration: string;
  readonly phase: Phase;
  readonly since: Date;
  readonly epoch: number;
  readonly seq: number;
  readonly planDigest: string | null;
  readonly specHash: string;
  readonly conditions: readonly Condition[];
  /** Number of the transition with which the run in progress began: another number is another run. */
  readonly runSeq: number;
  /** Start fence of the run in progress; no copy read happens before it is stored (I1). */
  readonly startFence: ClusterTime | null;
  /** Whether the precheck has let the run pass with the spec as it was then; not yet, where it has begun again with another one. */
  readonly isAdmitted: boolean;
  /** Git has all transitions up to this one. */
  readonly publishedSeq: number;
}

/** A position in a deployment's history: a BSON Timestamp. */
export interface ClusterTime {
  readonly seconds: number;
  readonly increment: number;
}

/** Negative: `a` is earlier; zero: the same. */
export function compareClusterTimes(a: ClusterTime, b: ClusterTime): number {
  return a.seconds - b.seconds || a.increment - b.increment;
}

/** How far one collection's copy is. Sums over its partitions. */
export interface CollectionProgress {
  readonly source: Namespace;
  readonly target: Namespace;
  readonly state: "pending" | "copying" | "indexing" | "done";
  /** Expected totals, from the plan; the real count may differ. */
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
  /** How far the present step of an index build is, 0 to 1; null where none runs, or the server does not tell. */
  readonly indexShare: number | null;
}

/** An index that could not be built, as people are told. What is stored of it is a `FailedIndex`. */
export interface IndexFailure {
  readonly target: Namespace;
  readonly index: string;
  readonly cause: string;
  /** The server's own words, which may quote documents: shown, never stored. */
  readonly detail: string;
  /** Values that occur more than once, as extended JSON: shown, never stored. */
  readonly examples: readonly string[];
}

/** The outcome of comparing one namespace on both sides. */
export interface VerificationResult {
  readonly source: Namespace;
  readonly target: Namespace;
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  /** Null where no documents were compared. Of a sample, those that were found in it. */
  readonly differingDocuments: number | null;
  readonly missingDocuments: number | null;
  readonly extraDocuments: number | null;
  /** Those that changed at every look, while changes are followed. They are not equal, and not known to differ. */
  readonly undecidedDocuments: number | null;
  /** A few keys of documents that differ, as extended JSON of `_id`. */
  readonly examples: readonly string[];
  /** The first documents that differ, sorted by kind; those beyond the limit are only counted. Shown, never stored. */
  readonly differences: readonly DocumentDifference[];
  readonly indexDifferences: readonly string[];
  readonly optionDifferences: readonly string[];
  readonly isEqual: boolean;
}
