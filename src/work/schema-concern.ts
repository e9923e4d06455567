/** What a change of what there is at the source means to a migration. */
import type { SchemaChange } from "../model/change.ts";
import { anyGlob, collectionChooser, databaseMatcher } from "../model/match-selection.ts";
import type { Migration } from "../model/migration.ts";
import type { Namespace } from "../model/namespace.ts";

/** `look`: both ends are compared again; `stop`: nobody knows what it has done to what is selected (I5). */
export type Concern = "none" | "look" | "stop";

/** Told by servers from 8.0 on behind the changes of a transaction, which all have been told. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["endOfTransaction"]);

/**
 * Of kinds that are known, all in databases of the selection are looked at, since names move in and out of it. One of another kind
 * stops the migration, unless it names a collection that is not selected. What names nothing is of concern to all.
 */
export function schemaConcern(migration: Migration): (change: SchemaChange) => Concern {
  const matchers = migration.objects.map((selection) => databaseMatcher(selection, migration));
  const isSelected = selector(migration);
  return ({ kind, collection: { namespace }, renamedTo, operationType }) => {
    if (SAYS_NOTHING.has(operationType)) return "none";
    const databases = [namespace.db, renamedTo?.db ?? ""].filter((db) => db !== "");
    const isNear = databases.some((db) => matchers.some((matches) => matches(db)));
    if (databases.length > 0 && !isNear) return "none";
    if (kind !== "unknown") return "look";
    return namespace.coll === "" || renamedTo !== null || isSelected(namespace) ? "stop" : "none";
  };
}

function selector(migration: Migration): (namespace: Namespace) => boolean {
  const selections = migration.objects.map((selection) => ({
    inDatabase: databaseMatcher(selection, migration),
    choose: collectionChooser(selection),
    isExcluded: anyGlob(selection.exclude),
  }));
  return ({ db, coll }) =>
    selections.some(
      ({ inDatabase, choose, isExcluded }) =>
        inDatabase(db) && choose(coll).length > 0 && !isExcluded(coll),
    );
}
