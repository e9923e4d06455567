/** The step authorization: what the account may do, against what this end of a migration needs (R10). */
import { type MongoClient, MongoServerError } from "mongodb";
import {
  authenticationRequired,
  type ConnectivityFailure,
  type Target,
} from "./connectivity-failure.ts";
import { lackingRights } from "./lacking-rights.ts";
import {
  type EndRole,
  missingActions,
  missingRights,
  type Privilege,
  type Rights,
} from "./privileges.ts";

const UNAUTHORIZED = 13;
const ATLAS_ERROR = 8000;

interface Account {
  readonly isLoggedIn: boolean;
  readonly privileges: readonly Privilege[];
}

/**
 * Null when nothing is missing.
 *
 * @param shownUser - The user where it may be shown; null writes a placeholder into the commands.
 * @throws what the driver throws when the connection is lost.
 */
export async function checkRights(
  client: MongoClient,
  role: EndRole,
  required: readonly Rights[],
  target: Target,
  shownUser: string | null,
): Promise<ConnectivityFailure | null> {
  const account = await readAccount(client);
  if (!account.isLoggedIn) {
    return (await isRefused(client, { listDatabases: 1, nameOnly: true }))
      ? authenticationRequired(target)
      : null;
  }
  const missing = missingRights(account.privileges, required);
  if (missing.length === 0 || (await isAccessControlOff(client, account))) return null;
  return lackingRights(role, missing, target, shownUser);
}

async function readAccount(client: MongoClient): Promise<Account> {
  const { authInfo } = await client
    .db("admin")
    .command({ connectionStatus: 1, showPrivileges: true });
  const users = arrayOf(authInfo?.authenticatedUsers);
  return {
    isLoggedIn: users.length > 0,
    privileges: arrayOf(authInfo?.authenticatedUserPrivileges).filter(isPrivilege),
  };
}

/** A server without access control lets users log in all the same, and everyone do everything. */
async function isAccessControlOff(client: MongoClient, account: Account): Promise<boolean> {
  const action = "getCmdLineOpts";
  const isPermitted = missingActions(account.privileges, null, [action]).length === 0;
  return !isPermitted && !(await isRefused(client, { [action]: 1 }));
}

/** Any answer but success counts as refused, since managed servers hide commands in their own ways. */
async function isRefused(client: MongoClient, command: Record<string, unknown>): Promise<boolean> {
  try {
    await client.db("admin").command(command);
    return false;
  } catch (error) {
    if (error instanceof MongoServerError) {
      return (
        error.code === UNAUTHORIZED || error.code === ATLAS_ERROR || "getCmdLineOpts" in command
      );
    }
    throw error;
  }
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isPrivilege(value: unknown): value is Privilege {
  if (typeof value !== "object" || value === null) return false;
  const { resource, actions } = value as Record<string, unknown>;
  return typeof resource === "object" && resource !== null && Array.isArray(actions);
}
