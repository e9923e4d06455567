import type { Cost } from "./costs.ts";
import type { Difference } from "./diff-definitions.ts";
import type { ExactDocument } from "./exact-document.ts";
import type { CollectionKind } from "./facts.ts";
import type { Namespace } from "./namespace.ts";

/** What will be done, object by object. Made by a pure function and consumed by the copy. */
export interface Plan {
  readonly migration: string;
  readonly source: PlanEnd;
  readonly destination: PlanEnd;
  /** SHA-256 (hex) over the sorted actions and the normalized spec, without counts and sizes (R13). */
  readonly digest: string;
  /** Sorted by target, then kind, then name. */
  readonly actions: readonly PlanAction[];
  /** Every database that is written to, by name. */
  readonly databases: readonly DatabaseChange[];
  /** The selection against the destination, object by object: sorted by target, then what is skipped, by source. */
  readonly objects: readonly ObjectChange[];
  readonly warnings: readonly string[];
  readonly estimate: Estimate;
  /** Null where the spec names no rates. */
  readonly cost: Cost | null;
}

export interface PlanEnd {
  readonly connection: string;
  readonly version: string;
}

export interface DatabaseChange {
  readonly change: "create" | "unchanged";
  readonly name: string;
}

/**
 * `create`: a view is made; `copy`: a collection is made and its documents are copied; `replace`: the same in the place of
 * what is destroyed; `keep`: what stands there is left, as the spec says; `skip`: an exclude pattern leaves it out; `refuse`:
 * something is in the way, or a view cannot be rewritten, and the precheck fails on it; `unchanged`: there from a completed run.
 */
export type ObjectChangeKind =
  | "create"
  | "copy"
  | "replace"
  | "keep"
  | "skip"
  | "refuse"
  | "unchanged";

/** What an object is to people: stored functions are a collection to the copy. */
export type ObjectKind = CollectionKind | "functions";

export interface ObjectChange {
  readonly change: ObjectChangeKind;
  readonly kind: ObjectKind;
  readonly source: Namespace;
  /** Null for what is skipped. */
  readonly target: Namespace | null;
  /** At the source: documents, or functions. */
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly options: ExactDocument;
  /** What stands at the target's name; null where nothing does. */
  readonly existing: ExistingTarget | null;
  /** What a run in progress has destroyed already, or will destroy; null where that is nothing. */
  readonly destroyed: DestroyedTarget | null;
  /** Options that differ from those of what stands there. */
  readonly differences: readonly Difference[];
  /** All but the one on `_id`, by name. */
  readonly indexes: readonly IndexChange[];
}

export interface ExistingTarget extends DestroyedTarget {
  readonly kind: ObjectKind;
  /** With the one on `_id`. */
  readonly indexCount: number;
  readonly indexBytes: number;
}

export interface DestroyedTarget {
  readonly documentCount: number;
  readonly dataBytes: number;
}

/**
 * As for objects; `drop`: goes with the collection that is replaced, and does not come again; `extra`: at the destination
 * only, and left there; `skip`: at the source only, and not created; `refuse`: cannot be built, and the precheck fails on it.
 */
export type IndexChangeKind =
  | "create"
  | "replace"
  | "keep"
  | "skip"
  | "refuse"
  | "unchanged"
  | "drop"
  | "extra";

export interface IndexChange {
  readonly change: IndexChangeKind;
  readonly name: string;
  /** As at the source, or at the destination where only that has it. */
  readonly spec: ExactDocument;
  /** Against the index of that name at the destination. */
  readonly differences: readonly Difference[];
}

export interface PlannedObject {
  readonly source: Namespace;
  readonly target: Namespace;
}

export type PlanAction = CollectionAction | IndexAction | ViewAction;

export interface CollectionAction extends PlannedObject {
  readonly kind: "create-collection" | "replace-collection";
  readonly sourceUuid: string;
  readonly options: ExactDocument;
  /** Query of the documents that are copied, in canonical extended JSON; null: all. */
  readonly filter: string | null;
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** What is destroyed at the destination; null for `create-collection`. */
  readonly replaces: { readonly documentCount: number; readonly dataBytes: number } | null;
  /** Whether the target is an unfinished copy with these options, which can be gone on with. */
  readonly isResumable: boolean;
  /** UUID of what stood at the target when the plan was made; nothing else is ever dropped (I8). */
  readonly existingUuid: string | null;
}

export function isCollectionAction(action: PlanAction): action is CollectionAction {
  return action.kind === "create-collection" || action.kind === "replace-collection";
}

export interface IndexAction extends PlannedObject {
  readonly kind: "create-index";
  readonly index: string;
  readonly spec: ExactDocument;
}

export interface ViewAction extends PlannedObject {
  readonly kind: "create-view" | "replace-view";
  readonly options: ExactDocument;
  /** Whether an interrupted run has created it already. */
  readonly isInPlace: boolean;
}

export interface Estimate {
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  readonly durationMs: number;
}
