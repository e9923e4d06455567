import type { ExactDocument } from "./exact-document.ts";
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
  /** Objects of the selection that are already there from a completed run. */
  readonly unchanged: readonly PlannedObject[];
  /** Objects whose target exists and is left as it is, as the spec says. */
  readonly kept: readonly PlannedObject[];
  /** Objects whose target exists without the spec naming it as replaceable; the precheck fails on them. */
  readonly refused: readonly PlannedObject[];
  /** Objects that an exclude pattern leaves out, by their name at the source. */
  readonly skipped: readonly Namespace[];
  readonly warnings: readonly string[];
  readonly estimate: Estimate;
}

export interface PlanEnd {
  readonly connection: string;
  readonly version: string;
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
