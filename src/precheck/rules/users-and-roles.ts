import { formatCounted } from "../../base/format-quantity.ts";
import type { UserCount } from "../../model/facts.ts";
import { type Rule, warning } from "../rule.ts";

const REMEDY =
  "Create those that are still wanted at the destination before the workload moves there (its console, or createUser and createRole); passwords cannot be read";

/** Users and roles are never migrated: their passwords cannot be read, and managed services keep them themselves. */
export const usersAndRoles: Rule = {
  id: "users-and-roles",
  passed: ({ facts: { leftBehind } }) =>
    leftBehind.users === null ? "none were found" : describeCounts(leftBehind.users, 0),
  needsServers: true,
  check: ({ facts }) => {
    const { users, roleCount } = facts.leftBehind;
    const { connection } = facts.source;
    if (users === null || roleCount === null) {
      return [
        warning(
          `users and roles of ${connection} are not migrated; how many there are the account may not know`,
          REMEDY,
        ),
      ];
    }
    if (users.count + roleCount === 0) return [];
    const counts = describeCounts(users, roleCount);
    return [warning(`${connection} has ${counts}, which are not migrated`, REMEDY)];
  },
};

/** With where they were looked for: servers tell the roles of a database only, and the users of all not to everyone. */
function describeCounts({ count, isOfDeployment }: UserCount, roleCount: number): string {
  const where = "counted in admin and the selected databases";
  const looked = isOfDeployment ? `roles ${where}` : `${where}, users in $external too`;
  return `${formatCounted(count, "user")} and ${formatCounted(roleCount, "role")} (${looked})`;
}
