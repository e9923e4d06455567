/** Commands for mongosh that grant an account what it lacks. Names are written as JSON, which cannot break out of its quotes. */
import type { Account, Privilege } from "../model/privileges.ts";

/** Makes a role of these privileges, and grants it. */
export function grantByRole(
  account: Account,
  role: string,
  privileges: readonly Privilege[],
): string {
  const createRole = JSON.stringify({ role, privileges, roles: [] });
  const grant = grantRoles(account, [{ role, db: "admin" }]);
  return `db.getSiblingDB("admin").createRole(${createRole}); ${grant}`;
}

export function grantRoles({ authDatabase, user }: Account, roles: readonly object[]): string {
  const quoted = [authDatabase, user, roles].map((value) => JSON.stringify(value));
  return `db.getSiblingDB(${quoted[0]}).grantRolesToUser(${quoted[1]}, ${quoted[2]})`;
}
