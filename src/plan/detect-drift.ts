/**
 * What has drifted since a migration completed. Compares with both ends as they are now, through what the migration has
 * recorded: by UUID, so that a collection which was dropped and made again is not taken for the one that was copied. Pure.
 */
import type { Difference } from "../model/diff-definitions.ts";
import type { Drift, DriftItem, DriftKind } from "../model/drift.ts";
import type { CollectionFacts, Facts, OwnedTarget } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import { compareNamespaces, formatNamespace } from "../model/namespace.ts";
import { findExtra, isKept, type SelectedObject, selectObjects } from "../model/select-objects.ts";
import { describeEnds } from "./describe-ends.ts";
import { diffTarget, isDifferent, objectKind } from "./diff-objects.ts";

export function detectDrift(migration: Migration, facts: Facts, completedAt: Date): Drift {
  const { objects } = selectObjects(migration, facts);
  const migrated = objects.filter(isMigrated);
  const standing = migrated.filter(({ existing }) => existing !== null);
  const items = [
    ...migrated.flatMap(driftOf),
    ...objects.filter((object) => !isMigrated(object) && !isKept(object)).map(newObject),
    ...findLeftBehind(facts, migrated),
    ...findExtraItems(migration, facts, objects),
  ];
  return {
    migration: migration.name,
    ...describeEnds(migration, facts),
    completedAt,
    comparedCount: standing.length,
    uncountedCount: standing.filter(isFiltered).length,
    items: items.toSorted((a, b) => compareNamespaces(a.target, b.target)),
  };
}

/** Whether the completed run has made this object's target, whatever stands there now. */
function isMigrated({ source, record }: SelectedObject): boolean {
  if (record === null || !record.isComplete) return false;
  return formatNamespace(record.source) === formatNamespace(source.namespace);
}

function driftOf(object: SelectedObject): DriftItem[] {
  const { existing, source } = object;
  if (existing === null) return [itemOf(object, "missing")];
  const compared = diffTarget(object);
  const differences = {
    ...compared,
    differences: [...compared.differences, ...filterDifference(object)],
  };
  const isWhole = !isFiltered(object);
  const hasCounts = source.kind !== "view" && existing.kind !== "view" && isWhole;
  const isCountEqual = !hasCounts || source.documentCount === existing.documentCount;
  const counts = isCountEqual
    ? null
    : { source: source.documentCount, destination: existing.documentCount };
  const drift = recreatedAt(object) ?? "changed";
  if (drift === "changed" && isCountEqual && !isDifferent(differences)) return [];
  return [{ ...itemOf(object, drift), ...differences, counts }];
}

/** What was copied, and what the spec wants now. */
function filterDifference({ source, record, filter }: SelectedObject): Difference[] {
  const copied = record?.filter ?? null;
  if (source.kind === "view" || copied === filter) return [];
  return [{ name: "filter", destination: copied, desired: filter }];
}

function isFiltered({ record, filter }: SelectedObject): boolean {
  return filter !== null || (record?.filter ?? null) !== null;
}

/** Views have no UUID: another definition is all that can be seen of them. */
function recreatedAt({ source, existing, record }: SelectedObject): DriftKind | null {
  if (record === null || source.kind === "view") return null;
  if (record.targetUuid !== null && record.targetUuid !== existing?.uuid) {
    return "recreated-at-destination";
  }
  return record.sourceUuid === source.uuid ? null : "recreated-at-source";
}

function newObject(object: SelectedObject): DriftItem {
  return itemOf(object, "new");
}

/** Migrated, and now gone from the source or no longer selected. */
function findLeftBehind(facts: Facts, migrated: readonly SelectedObject[]): DriftItem[] {
  const known = new Set(migrated.map(({ target }) => formatNamespace(target)));
  const atSource = new Map(
    facts.sourceCollections.map((each) => [formatNamespace(each.namespace), each]),
  );
  const read = new Set(facts.sourceCollections.map(({ namespace }) => namespace.db));
  const atDestination = new Map(
    facts.destinationCollections.map((each) => [formatNamespace(each.namespace), each]),
  );
  return facts.ownedTargets
    .filter(({ isComplete, target }) => isComplete && !known.has(formatNamespace(target)))
    .map((record) => {
      const source = atSource.get(formatNamespace(record.source)) ?? null;
      const target = atDestination.get(formatNamespace(record.target)) ?? null;
      const isUnread =
        !read.has(record.source.db) && facts.sourceDatabases.includes(record.source.db);
      const drift = source !== null || isUnread ? "not-selected" : "gone";
      return leftBehind(record, drift, source ?? target);
    });
}

function leftBehind(
  { source, target, targetUuid }: OwnedTarget,
  drift: DriftKind,
  present: CollectionFacts | null,
): DriftItem {
  const kind =
    present === null ? (targetUuid === null ? "view" : "collection") : objectKind(present);
  return { ...NOTHING, drift, kind, source, target };
}

function findExtraItems(
  migration: Migration,
  facts: Facts,
  objects: readonly SelectedObject[],
): DriftItem[] {
  const targets = new Set([
    ...objects.map(({ target }) => formatNamespace(target)),
    ...facts.ownedTargets.map(({ target }) => formatNamespace(target)),
  ]);
  return findExtra(migration, facts)
    .filter(({ namespace }) => !targets.has(formatNamespace(namespace)))
    .map((found) => ({
      ...NOTHING,
      drift: "extra",
      kind: objectKind(found),
      source: null,
      target: found.namespace,
    }));
}

const NOTHING = { differences: [], indexes: [], counts: null };

function itemOf({ source, target }: SelectedObject, drift: DriftKind): DriftItem {
  return { ...NOTHING, drift, kind: objectKind(source), source: source.namespace, target };
}
