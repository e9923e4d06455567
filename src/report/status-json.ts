import { compareNamespaces, formatNamespace } from "../model/namespace.ts";
import type { CollectionProgress, Condition, Phase, RunRecord, Transition } from "../model/run.ts";
import { percentOf, sumProgress, totalPercentOf } from "./progress-model.ts";

/** All that is known about a migration at one moment. */
export interface Status {
  readonly migration: string;
  /** Null where nothing has run yet. */
  readonly run: RunRecord | null;
  readonly progress: readonly CollectionProgress[];
  /** Oldest first. */
  readonly transitions: readonly Transition[];
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
