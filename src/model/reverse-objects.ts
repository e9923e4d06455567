/** Turns a selection with its mapping around: what it calls at the destination is what is read, and goes back to where it came from. */
import { escapeGlob, exactName } from "./glob.ts";
import { anyGlob } from "./match-selection.ts";
import type { CollectionSelection, ObjectSelection } from "./migration.ts";

export type Reversed =
  | { readonly objects: readonly ObjectSelection[] }
  /** Why it cannot be turned around. */
  | { readonly problem: string };

/** @param leftOut - A database of the new source that is nobody's to move; null: there is none. */
export function reverseObjects(
  objects: readonly ObjectSelection[],
  leftOut: string | null,
): Reversed {
  const problem = objects.map(problemOf).find((each) => each !== null) ?? repeatedDatabase(objects);
  if (problem !== null) return { problem };
  const reversed = objects.map(reverseSelection);
  return { objects: leftOut === null ? reversed : [...reversed, nothingOf(leftOut)] };
}

/** An exact name with an empty list leaves a database out of all patterns. */
function nothingOf(database: string): ObjectSelection {
  const name = escapeGlob(database);
  return { database: name, as: null, collections: [], functions: false, exclude: [] };
}

function reverseSelection(selection: ObjectSelection): ObjectSelection {
  const { database, as, exclude } = selection;
  const collections = liveEntries(selection);
  return {
    database: as === null ? database : escapeGlob(as),
    as: as === null ? null : (exactName(database) ?? database),
    collections: collections?.map(reverseCollection) ?? null,
    // They are copied once, and not followed.
    functions: false,
    exclude,
  };
}

function reverseCollection({ name, as }: CollectionSelection): CollectionSelection {
  const rest = { onExisting: "refuse", filter: null } as const;
  if (as === null) return { name, as: null, ...rest };
  return { name: escapeGlob(as), as: exactName(name) ?? name, ...rest };
}

/** Without those of a name that an exclude leaves out: they have moved nothing. */
function liveEntries({ collections, exclude }: ObjectSelection) {
  if (collections === null) return null;
  const isExcluded = anyGlob(exclude);
  return collections.filter(({ name, as }) => as === null || !isExcluded(exactName(name) ?? name));
}

function problemOf(selection: ObjectSelection): string | null {
  const { database, exclude } = selection;
  const entries = liveEntries(selection) ?? [];
  const isExcluded = anyGlob(exclude);
  const filtered = entries.find(({ filter }) => filter !== null);
  if (filtered !== undefined) {
    return `${database}.${filtered.name} has a filter: what it leaves out is at one end only`;
  }
  const excluded = entries.find(({ as }) => as !== null && isExcluded(as));
  if (excluded !== undefined) {
    return `${database}.${excluded.name} is called ${excluded.as ?? ""} at the destination, which an exclude leaves out`;
  }
  const names = entries.map(({ name, as }) => as ?? exactName(name) ?? name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) return `${database} has several entries for ${repeated}`;
  const sources = entries.map(({ name }) => name);
  const copied = sources.find((name, at) => sources.indexOf(name) !== at);
  return copied === undefined ? null : `${database}.${copied} goes to several names`;
}

function repeatedDatabase(objects: readonly ObjectSelection[]): string | null {
  const names = objects.map(({ database, as }) => as ?? exactName(database) ?? database);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  return repeated === undefined ? null : `several databases become ${repeated}`;
}
