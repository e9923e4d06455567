import { type Checkpoint, isDelayed } from "../model/checkpoint.ts";
import { compareNamespaces, formatNamespace } from "../model/namespace.ts";
import {
  compareClusterTimes,
  type CollectionProgress,
  type Condition,
  type Phase,
  type RunRecord,
  type Transition,
} from "../model/run.ts";
import { type LoadJson, type LoadStatus, loadToJson } from "./load-status.ts";
import { percentOf, sumProgress, totalPercentOf } from "./progress-model.ts";

/** All that is known about a migration at one moment. */
export interface Status {
  readonly migration: string;
  /** Null where nothing has run yet. */
  readonly run: RunRecord | null;
  readonly progress: readonly CollectionProgress[];
  /** Oldest first. */
  readonly transitions: readonly Transition[];
  /** How far changes are followed; null where they are not. */
  readonly checkpoint: Checkpoint | null;
  readonly load: LoadStatus;
  readonly now: Date;
}

/** Output of `status --output json`. Times are ISO 8601 in UTC, namespaces `database.collection`. */
export interface StatusJson {
  readonly migration: string;
  /** Null where nothing has run yet; then `since`, `planDigest` and `specHash` are null too. */
  readonly phase: Phase | null;
  readonly since: string | null;
  /** Why the migration is in this phase. */
  readonly reason: string | null;
  readonly planDigest: string | null;
  readonly specHash: string | null;
  readonly epoch: number;
  readonly seq: number;
  /** Number of the last transition that git has. */
  readonly publishedSeq: number;
  readonly conditions: readonly Condition[];
  readonly total: {
    /** Null while there is nothing to measure. */
    readonly percent: number | null;
    readonly collectionCount: number;
    readonly doneCount: number;
    readonly documentCount: number;
    readonly copiedDocuments: number;
    readonly dataBytes: number;
    readonly copiedBytes: number;
  };
  readonly limits: LoadJson;
  /** How the following of changes goes; null where none are followed. */
  readonly following: FollowingJson | null;
  /** Sorted by target. */
  readonly collections: readonly CollectionStatusJson[];
  /** Oldest first. */
  readonly transitions: readonly TransitionJson[];
}

export interface CollectionStatusJson {
  readonly source: string;
  readonly target: string;
  readonly state: "pending" | "copying" | "indexing" | "done";
  /** 0 to 100, of bytes; two decimals. */
  readonly percent: number;
  /** Expected, from the plan. */
  readonly documentCount: number;
  readonly copiedDocuments: number;
  readonly dataBytes: number;
  readonly copiedBytes: number;
}

export interface FollowingJson {
  /** When these figures were stored. */
  readonly at: string;
  readonly isDelayed: boolean;
  /** How long ago, at that time, the source was as far as the destination is. */
  readonly lagMs: number;
  /** Whether the destination is as the source was at one time after the copy. */
  readonly isConsistent: boolean;
  /** Cluster time (`SECONDS.INCREMENT`) up to which changes are at the destination. */
  readonly appliedThrough: string;
  /** Since the process that follows began to. */
  readonly changesRead: number;
  readonly changesApplied: number;
  readonly writes: number;
  readonly readPerSecond: number;
  readonly appliedPerSecond: number;
  readonly windowChanges: number;
  /** History that the source keeps behind that point; null where it is not known. */
  readonly headroomMs: number | null;
}

export interface TransitionJson {
  readonly seq: number;
  readonly epoch: number;
  readonly from: Phase;
  readonly to: Phase;
  readonly at: string;
  readonly reason: string;
}

export function statusToJson(status: Status): StatusJson {
  const { run, progress, transitions } = status;
  const sums = sumProgress(progress);
  return {
    migration: status.migration,
    phase: run?.phase ?? null,
    since: run?.since.toISOString() ?? null,
    reason: currentReason(status),
    planDigest: run?.planDigest ?? null,
    specHash: run?.specHash ?? null,
    epoch: run?.epoch ?? 0,
    seq: run?.seq ?? 0,
    publishedSeq: run?.publishedSeq ?? 0,
    conditions: run?.conditions ?? [],
    total: {
      percent: progress.length === 0 ? null : roundPercent(totalPercentOf(progress)),
      collectionCount: progress.length,
      doneCount: progress.filter(({ state }) => state === "done").length,
      documentCount: sums.documentCount,
      copiedDocuments: sums.copiedDocuments,
      dataBytes: sums.dataBytes,
      copiedBytes: sums.copiedBytes,
    },
    limits: loadToJson(status.load),
    following: followingToJson(status),
    collections: progress
      .toSorted((a, b) => compareNamespaces(a.target, b.target))
      .map(collectionToJson),
    transitions: transitions.map(transitionToJson),
  };
}

/** The reason given by the transition that led to the present phase. */
export function currentReason({ run, transitions }: Status): string | null {
  if (run === null) return null;
  return transitions.findLast(({ to }) => to === run.phase)?.reason ?? null;
}

function followingToJson({ checkpoint, run }: Status): FollowingJson | null {
  if (checkpoint === null || checkpoint.figures === null) return null;
  const { position, figures, consistentFrom } = checkpoint;
  const { seconds, increment } = position.clusterTime;
  return {
    ...figures,
    at: figures.at.toISOString(),
    isDelayed: isDelayed(figures),
    isConsistent:
      run?.phase === "Streaming" ||
      (consistentFrom !== null && compareClusterTimes(position.clusterTime, consistentFrom) > 0),
    appliedThrough: `${seconds}.${increment}`,
  };
}

function collectionToJson(collection: CollectionProgress): CollectionStatusJson {
  return {
    source: formatNamespace(collection.source),
    target: formatNamespace(collection.target),
    state: collection.state,
    percent: roundPercent(percentOf(collection)),
    documentCount: collection.documentCount,
    copiedDocuments: collection.copiedDocuments,
    dataBytes: collection.dataBytes,
    copiedBytes: collection.copiedBytes,
  };
}

function transitionToJson({ seq, epoch, from, to, at, reason }: Transition): TransitionJson {
  return { seq, epoch, from, to, at: at.toISOString(), reason };
}

function roundPercent(percent: number): number {
  return Math.floor(percent * 100) / 100;
}
