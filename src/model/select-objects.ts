/** Which objects of the source a migration means, and what each is called at the destination (R4, R5). */
import { hasSameOptions } from "./compare-definitions.ts";
import type { ExactDocument } from "./exact-document.ts";
import type { CollectionFacts, Facts, IndexFacts, OwnedTarget } from "./facts.ts";
import { compileGlob, exactName } from "./glob.ts";
import type { Migration, ObjectSelection, OnExisting } from "./migration.ts";
import { anyGlob, collectionChooser, databaseMatcher } from "./match-selection.ts";
import { compareNamespaces, formatNamespace, FUNCTIONS, type Namespace } from "./namespace.ts";
import {
  indexMapping,
  type MappedNames,
  resolveDefinition,
  type ViewReference,
} from "./resolve-references.ts";
import { whileFollowing } from "./while-following.ts";

export interface SelectedObject {
  readonly source: CollectionFacts;
  readonly target: Namespace;
  /**
   * What the target is created with: the source's options, in views with the names that the mapping gives, and without what has to
   * wait for the cutover (`whileFollowing`).
   */
  readonly options: ExactDocument;
  /** What is built at the target, with what comes with the collection. */
  readonly indexes: readonly IndexFacts[];
  /** What a view reads from; empty for collections. */
  readonly references: readonly ViewReference[];
  readonly onExisting: OnExisting;
  /** Query of the documents wanted, in canonical extended JSON; null: all. */
  readonly filter: string | null;
  /** What stands at the target's name now; null where the name is free. */
  readonly existing: CollectionFacts | null;
  /** This migration's own record of the target, where what stands there is its own work. */
  readonly owned: OwnedTarget | null;
  /** That record also where nothing stands there (any more, or again). */
  readonly record: OwnedTarget | null;
}

/** What the spec leaves as it stands at the destination: it is neither written, nor compared, nor ours to drop. */
export function isKept({ existing, owned, onExisting }: SelectedObject): boolean {
  return existing !== null && owned === null && onExisting === "keep";
}

/** Whether what stands there may be dropped for the object: a collection never goes for a view, nor the other way round. */
export function isReplaceable({ source, existing, onExisting }: SelectedObject): boolean {
  return existing !== null && onExisting === "replace" && existing.kind === source.kind;
}

/** The source as it is to be at the destination: what that is compared with. */
export function desiredDefinition({ source, options, indexes }: SelectedObject): CollectionFacts {
  return { ...source, options, indexes };
}

export interface SelectedObjects {
  /** Sorted by target. */
  readonly objects: readonly SelectedObject[];
  /** Left out by an `exclude` and not selected elsewhere, sorted. */
  readonly skipped: readonly CollectionFacts[];
  /** Selected names and globs that match nothing at the source, as the spec writes them. */
  readonly unmatched: readonly string[];
}

type FactsForSelection = Pick<
  Facts,
  "sourceDatabases" | "sourceCollections" | "destinationCollections" | "ownedTargets"
>;

export function selectObjects(migration: Migration, facts: FactsForSelection): SelectedObjects {
  const existing = indexBy(facts.destinationCollections, (c) => c.namespace);
  const records = indexBy(facts.ownedTargets, (o) => o.target);
  const bySource = facts.sourceCollections.filter(isSelectable);
  const results = migration.objects.map((selection) =>
    applySelection(selection, migration, bySource),
  );
  const allChosen = results.flatMap((result) => result.chosen);
  const names = indexMapping(allChosen);
  const objects = allChosen.map((chosen) => {
    const { source, target } = chosen;
    const wanted = { ...chosen, ...defineTarget(chosen, names, migration) };
    const found = existing.get(formatNamespace(target)) ?? null;
    const record = records.get(formatNamespace(target)) ?? null;
    const isOwn = record !== null && isOwnWork(record, wanted, found);
    const owned = isOwn ? record : null;
    const isFree = owned === null && isFreeForFunctions(source, found);
    return { ...wanted, existing: isFree ? null : found, owned, record };
  });
  return {
    objects: withoutRepeats(objects).toSorted((a, b) => compareNamespaces(a.target, b.target)),
    skipped: listSkipped(results),
    unmatched: migration.objects.flatMap((s) => findUnmatched(s, migration, facts, bySource)),
  };
}

function defineTarget(
  chosen: Chosen,
  names: MappedNames,
  { mode }: Migration,
): Pick<SelectedObject, "options" | "references" | "indexes"> {
  const resolved = { indexes: chosen.source.indexes, ...resolveDefinition(chosen, names) };
  if (mode === "full") return resolved;
  return { ...resolved, ...whileFollowing({ ...resolved, kind: chosen.source.kind }) };
}

/**
 * What the destination has under names that the selection covers: with a collection of that name at the source, it would
 * be a target. Names that an `exclude` or a rename leaves out are not.
 */
export function findExtra(migration: Migration, facts: Facts): CollectionFacts[] {
  const present = facts.destinationCollections.filter(isSelectable);
  const found = migration.objects.flatMap((selection) => {
    const db = selection.as ?? null;
    const source = exactName(selection.database);
    const asAtSource = present
      .filter(({ namespace }) => db === null || namespace.db === db)
      .map((each) => withDatabase(each, db === null ? each.namespace.db : (source ?? "")));
    const { chosen } = applySelection(selection, migration, asAtSource);
    return chosen
      .filter((each) => each.target.coll === each.source.namespace.coll)
      .map((each) => withDatabase(each.source, each.target.db));
  });
  return [...indexBy(found, ({ namespace }) => namespace).values()];
}

function withDatabase(collection: CollectionFacts, db: string): CollectionFacts {
  return { ...collection, namespace: { db, coll: collection.namespace.coll } };
}

function listSkipped(results: readonly SelectionResult[]): CollectionFacts[] {
  const chosen = results.flatMap((result) => result.chosen);
  const taken = new Set(chosen.map(({ source }) => formatNamespace(source.namespace)));
  const left = indexBy(
    results.flatMap((result) => result.skipped),
    ({ namespace }) => namespace,
  );
  return [...left]
    .filter(([name]) => !taken.has(name))
    .map(([, skipped]) => skipped)
    .toSorted((a, b) => compareNamespaces(a.namespace, b.namespace));
}

/** Databases of the source that the migration reads from. */
export function selectedDatabases(
  migration: Migration,
  sourceDatabases: readonly string[],
): readonly string[] {
  const selected = migration.objects.flatMap((selection) => {
    const matches = databaseMatcher(selection, migration);
    return sourceDatabases.filter(matches);
  });
  return [...new Set(selected)].toSorted();
}

/** Databases of the destination that the migration writes to: named ones also while the source is unknown. */
export function targetDatabases(
  migration: Migration,
  sourceDatabases: readonly string[],
): readonly string[] {
  const targets = migration.objects.flatMap((selection) => {
    const named = selection.as ?? exactName(selection.database);
    return named === null ? sourceDatabases.filter(databaseMatcher(selection, migration)) : [named];
  });
  return [...new Set(targets)].toSorted();
}

type Chosen = Pick<SelectedObject, "source" | "target" | "onExisting" | "filter">;

interface SelectionResult {
  readonly chosen: readonly Chosen[];
  readonly skipped: readonly CollectionFacts[];
}

function applySelection(
  selection: ObjectSelection,
  migration: Migration,
  collections: readonly CollectionFacts[],
): SelectionResult {
  const inDatabase = databaseMatcher(selection, migration);
  const isExcluded = anyGlob(selection.exclude);
  const choose = collectionChooser(selection);
  const chosen: Chosen[] = [];
  const skipped: CollectionFacts[] = [];
  for (const source of collections) {
    const { db, coll } = source.namespace;
    if (!inDatabase(db)) continue;
    const entries = choose(coll);
    if (entries.length > 0 && isExcluded(coll)) {
      skipped.push(source);
      continue;
    }
    for (const { as, onExisting, filter } of entries) {
      const target = { db: selection.as ?? db, coll: as ?? coll };
      // A pattern may come to mean it at any time; what names it is refused by the precheck.
      if (target.db === migration.metadataDatabase) {
        skipped.push(source);
        continue;
      }
      chosen.push({ source, target, onExisting, filter });
    }
  }
  return { chosen, skipped };
}

/** Of the system collections only the stored functions can be selected (R6), and none that a server is just filling. */
function isSelectable({ namespace: { coll }, options }: CollectionFacts): boolean {
  if (coll === FUNCTIONS) return true;
  return !(coll.startsWith("system.") || IN_THE_MAKING.test(coll) || isTemporary(options));
}

/**
 * What `$out` (`tmp.agg_out.…`) and `mapReduce` (`tmp.mr.…`) fill until it is renamed to its name, which takes the option away: a
 * collection that is there for moments only. Servers themselves drop such ones when they start (`temp` in `listCollections`: seen on 6.0.5).
 */
function isTemporary({ fields }: ExactDocument): boolean {
  return fields.get("temp") === true;
}

/**
 * What `convertToCapped` and a rename across databases copy into, until it gets its name (seen on 6.0.5; `tmp%%%%%` in the
 * server's `rename_collection.cpp` and `capped_utils.cpp`).
 */
const IN_THE_MAKING = /^tmp[0-9A-Za-z]{5}\.(convertToCapped\..+|renameCollection)$/u;

function findUnmatched(
  selection: ObjectSelection,
  migration: Migration,
  facts: FactsForSelection,
  collections: readonly CollectionFacts[],
): string[] {
  const inDatabase = databaseMatcher(selection, migration);
  if (!facts.sourceDatabases.some(inDatabase)) {
    // The rest that a pattern takes may be nothing.
    const isRest = facts.sourceDatabases.some(databaseMatcher(selection, { objects: [] }));
    return isRest ? [] : [selection.database];
  }
  const present = collections.filter((c) => inDatabase(c.namespace.db));
  const names = new Set(present.map((c) => c.namespace.coll));
  return (selection.collections ?? [])
    .filter(({ name }) => !isPresent(name, names))
    .map(({ name }) => `${selection.database}.${name}`);
}

function isPresent(pattern: string, names: ReadonlySet<string>): boolean {
  const exact = exactName(pattern);
  return exact === null ? [...names].some(compileGlob(pattern)) : names.has(exact);
}

/**
 * Whether what stands at the target is what this migration put there. A record without a UUID is of a creation that
 * may not have come to its end: only a still empty collection can be its work.
 */
function isOwnWork(
  record: OwnedTarget,
  { source, options, filter }: Pick<SelectedObject, "source" | "options" | "filter">,
  existing: CollectionFacts | null,
): boolean {
  if (formatNamespace(record.source) !== formatNamespace(source.namespace)) return false;
  if (record.sourceUuid !== source.uuid || existing === null) return false;
  if (existing.kind !== source.kind) return false;
  if (source.kind === "view") return existing.options.json === options.json;
  // With another filter it is a copy of other documents.
  if (record.isComplete && record.filter !== filter) return false;
  if (record.targetUuid === null) return isEmptyTwin({ options }, existing);
  return record.targetUuid === existing.uuid;
}

/** Servers never drop `system.js`: an empty one is what a database without functions has that once had some. */
function isFreeForFunctions(source: CollectionFacts, existing: CollectionFacts | null): boolean {
  const isFunctions = source.namespace.coll === FUNCTIONS;
  return isFunctions && existing !== null && isEmptyTwin(source, existing);
}

/** What the creation of the target would have left, had it been interrupted right behind. */
function isEmptyTwin(
  { options }: Pick<CollectionFacts, "options">,
  existing: CollectionFacts,
): boolean {
  return (
    existing.documentCount === 0 &&
    existing.indexes.length <= 1 &&
    hasSameOptions(existing, { options })
  );
}

/** The same asked for twice is one thing; with other settings it is not, and the precheck refuses it. */
function withoutRepeats(objects: readonly SelectedObject[]): SelectedObject[] {
  const keyOf = ({ source: { namespace }, target, onExisting, filter }: SelectedObject) =>
    JSON.stringify([namespace.db, namespace.coll, target.db, target.coll, onExisting, filter]);
  return [...new Map(objects.map((object) => [keyOf(object), object])).values()];
}

function indexBy<T>(items: readonly T[], keyOf: (item: T) => Namespace): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [formatNamespace(keyOf(item)), item]));
}
