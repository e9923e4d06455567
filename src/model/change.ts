/** What a source's change feed tells. */
import type { DocumentKey } from "./document-key.ts";
import type { Namespace } from "./namespace.ts";
import type { ClusterTime } from "./run.ts";

/** A collection as a change names it: under the name that it had then. */
export interface ChangedCollection {
  readonly namespace: Namespace;
  /** As hex; null for views. */
  readonly uuid: string | null;
}

export interface DocumentChange {
  readonly kind: "insert" | "replace" | "update" | "delete";
  readonly collection: ChangedCollection;
  readonly key: DocumentKey;
  /** What was inserted, or replaces; null for the other kinds, and where it is too large to come with the change. */
  readonly document: Uint8Array | null;
}

/**
 * A change of what there is instead of what is in it. Only its occasion is told, not what it does: as for an update, what it
 * has led to is read at the source.
 */
export interface SchemaChange {
  /** `alter`: options or indexes. `unknown`: a kind that cannot be followed; `operationType` says which (I5). */
  readonly kind: "create" | "alter" | "drop" | "rename" | "drop-database" | "unknown";
  /** As the server calls it. */
  readonly operationType: string;
  /** The collection part of its name is empty where a whole database is meant. */
  readonly collection: ChangedCollection;
  /** New name; null for the other kinds. */
  readonly renamedTo: Namespace | null;
  /** UUID of a collection that the rename has dropped. */
  readonly droppedUuid: string | null;
  /** Where the feed goes on behind this change. */
  readonly position: FeedPosition;
}

export type Change = DocumentChange | SchemaChange;

export function isDocumentChange(change: Change): change is DocumentChange {
  return "key" in change;
}

/** A place in a change feed: everything before it has been told. */
export interface FeedPosition {
  /** Raw BSON; opaque but for its time. Empty where nothing but the time is known: changes at that very time are told, too. */
  readonly resumeToken: Uint8Array;
  /** Changes up to this time have been told; of those at this very time, some may be still to come. */
  readonly clusterTime: ClusterTime;
}

/** Changes of one reply, in the order in which they happened. */
export interface ChangeBatch {
  readonly changes: readonly Change[];
  /** Where the feed goes on behind them; moves on also without any. */
  readonly position: FeedPosition;
  /** Whether no change at the position's very time is still to come. */
  readonly isThrough: boolean;
  /** Memory that the changes hold on to. */
  readonly bytes: number;
}
