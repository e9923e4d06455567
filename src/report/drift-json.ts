import type { Drift, DriftItem } from "../model/drift.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { IndexChange } from "../model/plan.ts";
import { notableIndexes } from "./plan-changes.ts";

/** Output of `plan --drift --output json`. Namespaces are `database.collection`. */
export interface DriftJson extends Omit<Drift, "items" | "completedAt"> {
  readonly hasDrifted: boolean;
  /** ISO 8601, UTC. */
  readonly completedAt: string;
  readonly items: readonly DriftItemJson[];
}

export interface DriftItemJson extends Omit<DriftItem, "source" | "target" | "indexes"> {
  /** Null for what only the destination has. */
  readonly source: string | null;
  readonly target: string;
  /** Only those that differ. */
  readonly indexes: readonly Omit<IndexChange, "spec">[];
}

export function driftToJson(drift: Drift): DriftJson {
  return {
    ...drift,
    hasDrifted: drift.items.length > 0,
    completedAt: drift.completedAt.toISOString(),
    items: drift.items.map(itemToJson),
  };
}

function itemToJson(item: DriftItem): DriftItemJson {
  const { source, target, indexes } = item;
  return {
    ...item,
    source: source === null ? null : formatNamespace(source),
    target: formatNamespace(target),
    indexes: notableIndexes({ change: "unchanged", indexes }).map(
      ({ change, name, differences }) => ({ change, name, differences }),
    ),
  };
}
