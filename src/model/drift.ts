import type { Difference } from "./diff-definitions.ts";
import type { Namespace } from "./namespace.ts";
import type { IndexChange, ObjectKind, PlanEnd } from "./plan.ts";

/** What has become different between both ends since a migration completed. */
export interface Drift {
  readonly migration: string;
  readonly source: PlanEnd;
  readonly destination: PlanEnd;
  readonly completedAt: Date;
  /** Objects that the migration made and that both ends still have. */
  readonly comparedCount: number;
  /** Of these, collections copied by a filter: their counts say nothing and are not compared. */
  readonly uncountedCount: number;
  /** Sorted by target, then what the source alone has, by source. */
  readonly items: readonly DriftItem[];
}

/**
 * `changed`: options, indexes or counts; `recreated-at-source`, `recreated-at-destination`: another collection has the name;
 * `missing`: gone from the destination; `gone`: from the source; `new`: selected, but not migrated; `extra`: at the
 * destination only, under a name that the selection covers; `not-selected`: migrated, but the spec does not name it any more.
 */
export type DriftKind =
  | "changed"
  | "recreated-at-source"
  | "recreated-at-destination"
  | "missing"
  | "gone"
  | "new"
  | "extra"
  | "not-selected";

export interface DriftItem {
  readonly drift: DriftKind;
  readonly kind: ObjectKind;
  /** Null for what only the destination has. */
  readonly source: Namespace | null;
  readonly target: Namespace;
  /** Options: what the destination has, and what the source would make of it. */
  readonly differences: readonly Difference[];
  readonly indexes: readonly IndexChange[];
  /** As the servers keep them, without counting; null where they are equal or not compared. */
  readonly counts: { readonly source: number; readonly destination: number } | null;
}
