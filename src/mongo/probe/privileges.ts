/** What each end of a migration needs on its databases (R10). What single collections need besides, the precheck knows. */
import { isGrantedSingly, missingActions, type Privilege } from "../../model/privileges.ts";

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

/** Reading documents may be granted on single collections too: which of them need it, the precheck knows. */
const FIND = "find";
const READ = [FIND, "listCollections", "listIndexes", "collStats"];
const WRITE = ["insert", "update", "remove", "createCollection", "createIndex", "dropCollection"];

export interface RightsRequest {
  readonly role: EndRole;
  readonly databases: readonly string[];
  readonly metadataDatabase: string;
  /**
   * Whether the spec names databases by pattern. Without the action `listDatabases` a server lists, without a word, only those
   * that the account may use: enough for names, while a pattern would miss others.
   */
  readonly needsDatabaseList: boolean;
}

/** The destination is read too: for planning, and to verify what was written. */
export function requiredRights(request: RightsRequest): Rights[] {
  const { role, databases, metadataDatabase, needsDatabaseList } = request;
  if (role === "source") {
    return [
      ...(needsDatabaseList ? [{ database: null, actions: ["listDatabases"] }] : []),
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
  role: EndRole,
  privileges: readonly Privilege[],
  required: readonly Rights[],
): Rights[] {
  return required
    .map(({ database, actions }) => {
      const resource = database === null ? null : { db: database };
      const missing = missingActions(privileges, resource, actions);
      const isSingly = (action: string): boolean =>
        role === "source" &&
        action === FIND &&
        database !== null &&
        isGrantedSingly(privileges, database, action);
      return { database, actions: missing.filter((action) => !isSingly(action)) };
    })
    .filter(({ actions }) => actions.length > 0);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
