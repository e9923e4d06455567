/** The step authorization: what the account may do, against what this end of a migration needs (R10). */
import { type MongoClient, MongoServerError } from "mongodb";
import { type Account, missingActions, type Privilege } from "../../model/privileges.ts";
import {
  authenticationRequired,
  type ConnectivityFailure,
  type Target,
} from "./connectivity-failure.ts";
import { lackingRights } from "./lacking-rights.ts";
import { type EndRole, missingRights, type Rights } from "./privileges.ts";

const UNAUTHORIZED = 13;
const ATLAS_ERROR = 8000;

interface Login {
  readonly isLoggedIn: boolean;
  readonly privileges: readonly Privilege[];
}

/** An account that has what it needs; null: access control is off, and everyone may do everything. */
export interface Admission {
  readonly account: Account | null;
}

/**
 * @param shownUser - The user where it may be shown; null writes a placeholder into the commands.
 * @throws what the driver throws when the connection is lost.
 */
export async function checkRights(
  client: MongoClient,
  role: EndRole,
  required: readonly Rights[],
  target: Target,
  shownUser: string | null,
): Promise<Admission | ConnectivityFailure> {
  const login = await readLogin(client);
  if (!login.isLoggedIn) {
    return (await isRefused(client, { listDatabases: 1, nameOnly: true }))
      ? authenticationRequired(target)
      : { account: null };
  }
  if (await isAccessControlOff(client, login)) return { account: null };
  const { privileges } = login;
  const missing = missingRights(role, privileges, required);
  if (missing.length > 0) return lackingRights(role, missing, target, shownUser);
  const user = shownUser ?? `<${target.user}>`;
  return { account: { user, authDatabase: target.authDatabase, privileges } };
}

async function readLogin(client: MongoClient): Promise<Login> {
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
async function isAccessControlOff(client: MongoClient, login: Login): Promise<boolean> {
  const action = "getCmdLineOpts";
  const isPermitted = missingActions(login.privileges, null, [action]).length === 0;
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
