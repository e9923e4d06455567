/** Which databases and collections the entries of a spec take, by name or pattern (R4). */
import { groupBy } from "../base/group-by.ts";
import { compileGlob, exactName } from "./glob.ts";
import type { CollectionSelection, Migration, ObjectSelection } from "./migration.ts";
import { FUNCTIONS } from "./namespace.ts";

/** Databases that belong to the server itself (R6). A glob never means them. */
const SYSTEM_DATABASES: ReadonlySet<string> = new Set(["admin", "local", "config"]);

const AS_IT_IS: CollectionSelection = { name: "*", as: null, onExisting: "refuse", filter: null };

type Chooser = (coll: string) => readonly CollectionSelection[];

const NO_ENTRIES: readonly CollectionSelection[] = [];
const ALL_AS_THEY_ARE: readonly CollectionSelection[] = [AS_IT_IS];

/**
 * An exact name wins over a glob that matches too, so that a rename beside `*` works. Of several globs none does: where
 * they ask for different things, the precheck refuses it.
 */
export function collectionChooser({ collections, functions }: ObjectSelection): Chooser {
  const choose = namedChooser(collections);
  const chooseFunctions = functions ? ALL_AS_THEY_ARE : NO_ENTRIES;
  return (coll) => (coll === FUNCTIONS ? chooseFunctions : choose(coll));
}

function namedChooser(entries: readonly CollectionSelection[] | null): Chooser {
  if (entries === null) return () => ALL_AS_THEY_ARE;
  const byName = groupBy(entries, (entry) => exactName(entry.name));
  const globs = (byName.get(null) ?? []).map((entry) => ({
    entry,
    matches: compileGlob(entry.name),
  }));
  return (coll) =>
    byName.get(coll) ?? globs.filter(({ matches }) => matches(coll)).map(({ entry }) => entry);
}

/**
 * A database that is named exactly is left to those entries, as with collections: so a pattern can take the rest beside a
 * rename, or beside an entry with an empty list of collections, which leaves the database out.
 */
export function databaseMatcher(
  { database }: ObjectSelection,
  { objects }: Pick<Migration, "objects">,
): (db: string) => boolean {
  const matches = compileGlob(database);
  if (exactName(database) !== null) return matches;
  const named = new Set(objects.map((each) => exactName(each.database)));
  return (db) => !SYSTEM_DATABASES.has(db) && !named.has(db) && matches(db);
}

export function anyGlob(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map(compileGlob);
  return (name) => matchers.some((matches) => matches(name));
}
