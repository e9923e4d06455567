import type { Cost } from "../model/costs.ts";
import { formatNamespace } from "../model/namespace.ts";
import type {
  DatabaseChange,
  IndexChange,
  ObjectChange,
  Plan,
  PlanAction,
  PlannedObject,
} from "../model/plan.ts";
import { countActions, judgePlan, type PlanCounts } from "./plan-summary.ts";

/**
 * Output of `plan --output json` and content of `plan.json`. Namespaces are `database.collection`: a database's name has no
 * dot, so the first one divides. `options` and `spec` are canonical extended JSON as text, since parsing it into an
 * object would reorder names such as "2" and "10".
 */
export interface PlanJson {
  readonly migration: string;
  readonly source: PlanEndJson;
  readonly destination: PlanEndJson;
  /** SHA-256 (hex) of what is approved: the actions and the spec, without counts and sizes. */
  readonly digest: string;
  readonly verdict: "refused" | "destructive" | "additive" | "nothing";
  readonly counts: PlanCounts;
  readonly warnings: readonly string[];
  /** Sorted by target, then kind, then index name. */
  readonly actions: readonly PlanActionJson[];
  readonly databases: readonly DatabaseChange[];
  /** The diff that the actions follow from: sorted by target, then what is skipped, by source. */
  readonly objects: readonly ObjectChangeJson[];
  readonly estimate: {
    readonly documentCount: number;
    readonly dataBytes: number;
    readonly indexBytes: number;
    readonly durationMs: number;
  };
  /** By the rates of the spec; null where it names none. `egress` is of the copy, `perHour` of following changes. */
  readonly cost: Cost | null;
}

export interface PlanEndJson {
  readonly connection: string;
  readonly version: string;
}

export interface PlannedObjectJson {
  readonly source: string;
  readonly target: string;
}

/** Numbers are the source's; `existing` is what stands at the destination, `destroyed` what is lost of it. */
export interface ObjectChangeJson extends Omit<
  ObjectChange,
  "source" | "target" | "options" | "indexes"
> {
  readonly source: string;
  /** Null for what is skipped. */
  readonly target: string | null;
  readonly indexes: readonly Omit<IndexChange, "spec">[];
}

export type PlanActionJson = CollectionActionJson | IndexActionJson | ViewActionJson;

export interface CollectionActionJson extends PlannedObjectJson {
  readonly kind: "create-collection" | "replace-collection";
  readonly sourceUuid: string;
  readonly options: string;
  /** Query of the documents that are copied; null: all. Counts and sizes are those of the whole collection. */
  readonly filter: string | null;
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** What is destroyed at the destination. */
  readonly replaces: { readonly documentCount: number; readonly dataBytes: number } | null;
}

export interface IndexActionJson extends PlannedObjectJson {
  readonly kind: "create-index";
  readonly index: string;
  readonly spec: string;
}

export interface ViewActionJson extends PlannedObjectJson {
  readonly kind: "create-view" | "replace-view";
  readonly options: string;
}

export function planToJson(plan: Plan): PlanJson {
  const { estimate } = plan;
  return {
    migration: plan.migration,
    source: { connection: plan.source.connection, version: plan.source.version },
    destination: { connection: plan.destination.connection, version: plan.destination.version },
    digest: plan.digest,
    verdict: judgePlan(plan).kind,
    counts: countActions(plan.actions),
    warnings: plan.warnings,
    actions: plan.actions.map(actionToJson),
    databases: plan.databases,
    objects: plan.objects.map(changeToJson),
    estimate: {
      documentCount: estimate.documentCount,
      dataBytes: estimate.dataBytes,
      indexBytes: estimate.indexBytes,
      durationMs: estimate.durationMs,
    },
    cost: plan.cost,
  };
}

function changeToJson(object: ObjectChange): ObjectChangeJson {
  const { change, kind, documentCount, dataBytes, existing, destroyed, differences } = object;
  return {
    change,
    kind,
    source: formatNamespace(object.source),
    target: object.target === null ? null : formatNamespace(object.target),
    documentCount,
    dataBytes,
    existing,
    destroyed,
    differences,
    indexes: object.indexes.map((index) => ({
      change: index.change,
      name: index.name,
      differences: index.differences,
    })),
  };
}

export function actionToJson(action: PlanAction): PlanActionJson {
  const names = objectToJson(action);
  switch (action.kind) {
    case "create-index":
      return { kind: action.kind, ...names, index: action.index, spec: action.spec.json };
    case "create-view":
    case "replace-view":
      return { kind: action.kind, ...names, options: action.options.json };
    case "create-collection":
    case "replace-collection":
      return {
        kind: action.kind,
        ...names,
        sourceUuid: action.sourceUuid,
        options: action.options.json,
        filter: action.filter,
        documentCount: action.documentCount,
        dataBytes: action.dataBytes,
        indexBytes: action.indexBytes,
        replaces: action.replaces === null ? null : { ...action.replaces },
      };
  }
}

/** The actions of a stored plan; null where the text is none, such as one of a later version. */
export function readPlanActions(json: string): readonly PlanActionJson[] | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("actions" in value)) return null;
  const { actions } = value;
  return Array.isArray(actions) && actions.every(isActionJson) ? actions : null;
}

function isActionJson(value: unknown): value is PlanActionJson {
  if (typeof value !== "object" || value === null) return false;
  const { kind, source, target, index, spec, options } = value as Record<string, unknown>;
  if (typeof source !== "string" || typeof target !== "string") return false;
  if (kind === "create-index") return typeof index === "string" && typeof spec === "string";
  const kinds: unknown[] = [
    "create-collection",
    "replace-collection",
    "create-view",
    "replace-view",
  ];
  return kinds.includes(kind) && typeof options === "string";
}

function objectToJson({ source, target }: PlannedObject): PlannedObjectJson {
  return { source: formatNamespace(source), target: formatNamespace(target) };
}
