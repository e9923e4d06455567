/** Desired objects against what the destination has, object by object and index by index. Pure. */
import {
  diffOptions,
  type Difference,
  type IndexPair,
  pairIndexes,
} from "../model/diff-definitions.ts";
import { ID_INDEX } from "../model/implicit-indexes.ts";
import type { CollectionFacts, IndexFacts } from "../model/facts.ts";
import { formatNamespace, type Namespace, FUNCTIONS } from "../model/namespace.ts";
import {
  type DatabaseChange,
  type ExistingTarget,
  type IndexChange,
  type IndexChangeKind,
  isCollectionAction,
  type ObjectChange,
  type ObjectChangeKind,
  type ObjectKind,
  type PlanAction,
} from "../model/plan.ts";
import { refuseIndex } from "../model/refuse-index.ts";
import { desiredDefinition, type SelectedObject } from "../model/select-objects.ts";
import type { Verdict } from "./judge-object.ts";

export interface DecidedObject {
  readonly object: SelectedObject;
  readonly verdict: Verdict;
}

export interface DiffInput {
  readonly decided: readonly DecidedObject[];
  readonly actions: readonly PlanAction[];
  readonly skipped: readonly CollectionFacts[];
  readonly destinationDatabases: readonly string[];
  /** Such as `6.0`; empty where it is not known. */
  readonly destinationRelease: string;
}

/** @param input - `decided` sorted by target, `skipped` by source. */
export function diffObjects({
  decided,
  actions,
  skipped,
  destinationRelease,
}: DiffInput): ObjectChange[] {
  const planned = new Map(
    actions.flatMap((action) =>
      action.kind === "create-index" ? [] : [[formatNamespace(action.target), action] as const],
    ),
  );
  const created = new Set(
    actions.flatMap((action) =>
      action.kind === "create-index" ? [indexKey(action.target, action.index)] : [],
    ),
  );
  return [
    ...decided.map(({ object, verdict }) => {
      const action = planned.get(formatNamespace(object.target)) ?? null;
      const judgePlanned: JudgePlanned = (index) => {
        if (!created.has(indexKey(object.target, index.name))) return null;
        const refusal = refuseIndex(index, object.source.options, destinationRelease);
        return refusal === null ? "create" : "refuse";
      };
      return diffObject(object, verdict, action, judgePlanned);
    }),
    ...skipped.map(skippedObject),
  ];
}

/** Databases appear with their first object. */
export function diffDatabases({ decided, destinationDatabases }: DiffInput): DatabaseChange[] {
  const present = new Set(destinationDatabases);
  return [...new Set(decided.map(({ object }) => object.target.db))].map((name) => ({
    change: present.has(name) ? "unchanged" : "create",
    name,
  }));
}

/** What an object is to people. */
export function objectKind({ namespace, kind }: CollectionFacts): ObjectKind {
  return namespace.coll === FUNCTIONS ? "functions" : kind;
}

export interface TargetDifferences {
  readonly differences: readonly Difference[];
  readonly indexes: readonly IndexChange[];
}

/** What stands at an object's target against what is desired there, where nothing is to be done about it. */
export function diffTarget(object: SelectedObject): TargetDifferences {
  return {
    differences: diffStanding(object),
    indexes: pairIndexes(desiredDefinition(object), object.existing)
      .filter(({ name }) => name !== ID_INDEX)
      .map((pair) => describeIndex(pair, "unchanged", () => null)),
  };
}

export function isDifferent({ differences, indexes }: TargetDifferences): boolean {
  return differences.length > 0 || indexes.some(isIndexDifferent);
}

function isIndexDifferent({ change, differences }: IndexChange): boolean {
  return change === "skip" || change === "extra" || differences.length > 0;
}

/** What becomes of an index that an action is to build; null for any other. */
type JudgePlanned = (index: IndexFacts) => "create" | "refuse" | null;

function diffObject(
  object: SelectedObject,
  verdict: Verdict,
  action: Exclude<PlanAction, { kind: "create-index" }> | null,
  judgePlanned: JudgePlanned,
): ObjectChange {
  const { source, target, existing, options } = object;
  const change = nameChange(verdict, action);
  const isMade = change === "copy" || change === "create";
  return {
    change,
    kind: objectKind(source),
    source: source.namespace,
    target,
    documentCount: source.documentCount,
    dataBytes: source.dataBytes,
    options,
    existing: existing === null ? null : describeExisting(existing),
    destroyed: whatIsDestroyed(action),
    // An unfinished copy is gone on with, or made anew: what it lacks by now is nothing to review.
    differences: isMade ? [] : diffStanding(object),
    indexes: pairIndexes(desiredDefinition(object), isMade ? null : existing).flatMap((pair) =>
      pair.name === ID_INDEX ? [] : [describeIndex(pair, change, judgePlanned)],
    ),
  };
}

function nameChange(
  verdict: Verdict,
  action: Exclude<PlanAction, { kind: "create-index" }> | null,
): ObjectChangeKind {
  if (verdict === "kept") return "keep";
  if (verdict === "refused") return "refuse";
  if (action === null) return "unchanged";
  if (action.kind.startsWith("replace")) return "replace";
  return action.kind === "create-view" ? "create" : "copy";
}

/** The index on `_id` is made with its collection, so that what differs there is an option of the collection. */
function diffStanding(object: SelectedObject): Difference[] {
  const { existing } = object;
  if (existing === null) return [];
  const own = pairIndexes(desiredDefinition(object), existing).find(
    ({ name }) => name === ID_INDEX,
  );
  return [
    ...diffOptions(desiredDefinition(object), existing),
    ...(own?.differences ?? []).map((each) => ({
      ...each,
      name: `index ${ID_INDEX}.${each.name}`,
    })),
  ];
}

function describeIndex(
  { name, shown, desired, existing, differences }: IndexPair,
  change: ObjectChangeKind,
  judgePlanned: JudgePlanned,
): IndexChange {
  const planned = desired === null ? null : judgePlanned(desired);
  const made = nameIndexChange(change, { desired, existing }, planned);
  return { change: made, name, spec: shown.spec, differences };
}

function nameIndexChange(
  change: ObjectChangeKind,
  { desired, existing }: Pick<IndexPair, "desired" | "existing">,
  planned: ReturnType<JudgePlanned>,
): IndexChangeKind {
  // What this run has created in the meantime is still to be made.
  if (planned === "create") {
    return change === "replace" && existing !== null ? "replace" : "create";
  }
  if (planned === "refuse") return "refuse";
  if (desired === null) return change === "replace" ? "drop" : "extra";
  if (existing === null) return "skip";
  return change === "unchanged" ? "unchanged" : "keep";
}

function describeExisting(existing: CollectionFacts): ExistingTarget {
  const { documentCount, dataBytes, indexBytes, indexes } = existing;
  const kind = objectKind(existing);
  return { kind, documentCount, dataBytes, indexBytes, indexCount: indexes.length };
}

function whatIsDestroyed(action: PlanAction | null): ObjectChange["destroyed"] {
  if (action === null || !action.kind.startsWith("replace")) return null;
  return (isCollectionAction(action) ? action.replaces : null) ?? NO_DOCUMENTS;
}

const NO_DOCUMENTS = { documentCount: 0, dataBytes: 0 };

function skippedObject(source: CollectionFacts): ObjectChange {
  const { namespace, documentCount, dataBytes, options } = source;
  return {
    change: "skip",
    kind: objectKind(source),
    source: namespace,
    target: null,
    documentCount,
    dataBytes,
    options,
    existing: null,
    destroyed: null,
    differences: [],
    indexes: [],
  };
}

function indexKey(target: Namespace, index: string): string {
  return JSON.stringify([target.db, target.coll, index]);
}
