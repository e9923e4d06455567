/** What an account may do, as `connectionStatus` lists it (R10). */
import type { Namespace } from "./namespace.ts";

export interface Privilege {
  readonly resource: {
    readonly db?: string;
    readonly collection?: string;
    readonly cluster?: boolean;
    readonly anyResource?: boolean;
    /** Time-series collection whose buckets are meant; empty: those of all. From 5.0 on. */
    readonly system_buckets?: string;
  };
  readonly actions: readonly string[];
}

/** The account that a connection logs in with. */
export interface Account {
  /** For commands: the user's name, or a placeholder where it is not to be shown. */
  readonly user: string;
  readonly authDatabase: string;
  readonly privileges: readonly Privilege[];
}

/** Databases that roles over any database leave out. */
const NOT_ANY_DATABASE = new Set(["local", "config"]);
const SYSTEM = "system.";
const BUCKETS = "system.buckets.";

/** A whole database (all of its collections but the system's), one collection, or (null) the cluster. */
export type Resource = { readonly db: string } | Namespace | null;

/** Every database there is or will be, but `local` and `config`: written as servers do. */
export const ANY_DATABASE = { db: "" } as const satisfies Resource;

/** Actions that no privilege grants on the resource. */
export function missingActions(
  privileges: readonly Privilege[],
  resource: Resource,
  actions: readonly string[],
): string[] {
  const granted = new Set(
    privileges
      .filter((privilege) => covers(privilege.resource, resource))
      .flatMap((privilege) => privilege.actions),
  );
  return actions.filter((action) => !granted.has(action));
}

/** Whether some collection of the database, but the system's, is given the action by itself. */
export function isGrantedSingly(
  privileges: readonly Privilege[],
  database: string,
  action: string,
): boolean {
  return privileges.some(({ resource: { db = "", collection = "" }, actions }) => {
    const isSingle = collection !== "" && !collection.startsWith(SYSTEM);
    return isSingle && (db === "" || db === database) && actions.includes(action);
  });
}

function covers(granted: Privilege["resource"], resource: Resource): boolean {
  if (granted.anyResource === true) return true;
  if (resource === null) return granted.cluster === true;
  return "coll" in resource
    ? coversCollection(granted, resource)
    : coversDatabase(granted, resource.db);
}

/** Privileges on single collections do not count: which collections there are is not known here. */
function coversDatabase(granted: Privilege["resource"], db: string): boolean {
  if (granted.collection !== "") return false;
  return granted.db === db || (granted.db === "" && !NOT_ANY_DATABASE.has(db));
}

/** Privileges on a whole database leave out its system collections (tried on 6.0.5: `read` may not find in buckets). */
function coversCollection(granted: Privilege["resource"], { db, coll }: Namespace): boolean {
  const isSameDatabase = (granted.db ?? "") === "" || granted.db === db;
  if (granted.system_buckets !== undefined) {
    const isMeant = ["", coll.slice(BUCKETS.length)].includes(granted.system_buckets);
    return coll.startsWith(BUCKETS) && isMeant && isSameDatabase;
  }
  if (granted.collection === coll) return isSameDatabase;
  return !coll.startsWith(SYSTEM) && coversDatabase(granted, db);
}
