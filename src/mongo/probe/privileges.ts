/** What an account needs and what it may do, as `connectionStatus` lists it (R10). */

export interface Privilege {
  readonly resource: {
    readonly db?: string;
    readonly collection?: string;
    readonly cluster?: boolean;
    readonly anyResource?: boolean;
  };
  readonly actions: readonly string[];
}

/** Actions on a whole database; null: on the cluster. */
export interface Rights {
  readonly database: string | null;
  readonly actions: readonly string[];
}

export type EndRole = "source" | "destination";

/** The built-in role that holds all actions each end needs on a database. */
export const BUILT_IN_ROLE: Readonly<Record<EndRole, string>> = {
  source: "read",
  destination: "readWrite",
};

const READ = ["find", "listCollections", "listIndexes", "collStats"];
const WRITE = ["insert", "update", "remove", "createCollection", "createIndex", "dropCollection"];

/** Databases that roles over any database leave out. */
const NOT_ANY_DATABASE = new Set(["local", "config"]);

/** The destination is read too: for planning, and to verify what was written. */
export function requiredRights(
  role: EndRole,
  databases: readonly string[],
  metadataDatabase: string,
): Rights[] {
  if (role === "source") {
    return [
      { database: null, actions: ["listDatabases"] },
      ...unique(databases).map((database) => ({ database, actions: READ })),
    ];
  }
  return unique([...databases, metadataDatabase]).map((database) => ({
    database,
    actions: [...READ, ...WRITE],
  }));
}

/** What of the required rights is not granted; databases without a gap are left out. */
export function missingRights(
  privileges: readonly Privilege[],
  required: readonly Rights[],
): Rights[] {
  return required
    .map(({ database, actions }) => ({
      database,
      actions: missingActions(privileges, database, actions),
    }))
    .filter(({ actions }) => actions.length > 0);
}

/**
 * Actions that no privilege grants on the whole database. Privileges on single collections do not count: which
 * collections there will be is not known beforehand.
 *
 * @param database - Null for actions on the cluster.
 */
export function missingActions(
  privileges: readonly Privilege[],
  database: string | null,
  actions: readonly string[],
): string[] {
  const granted = new Set(
    privileges
      .filter(({ resource }) => coversDatabase(resource, database))
      .flatMap((privilege) => privilege.actions),
  );
  return actions.filter((action) => !granted.has(action));
}

function coversDatabase(resource: Privilege["resource"], database: string | null): boolean {
  if (resource.anyResource === true) return true;
  if (database === null) return resource.cluster === true;
  if (resource.collection !== "") return false;
  return resource.db === database || (resource.db === "" && !NOT_ANY_DATABASE.has(database));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
