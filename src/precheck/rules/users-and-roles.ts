import { formatCounted } from "../../base/format-quantity.ts";
import { type Rule, warning } from "../rule.ts";

const REMEDY =
  "Create those that are still wanted at the destination before the workload moves there (its console, or createUser and createRole); passwords cannot be read";

/** Users and roles are never migrated: their passwords cannot be read, and managed services keep them themselves. */
export const usersAndRoles: Rule = {
  id: "users-and-roles",
  passed: "no users or roles are defined at the source",
  needsServers: true,
  check: ({ facts }) => {
    const { userCount, roleCount } = facts.leftBehind;
    const { connection } = facts.source;
    if (userCount === null || roleCount === null) {
      return [
        warning(
          `users and roles of ${connection} are not migrated; how many there are the account may not know`,
          REMEDY,
        ),
      ];
    }
    if (userCount + roleCount === 0) return [];
    const counts = `${formatCounted(userCount, "user")} and ${formatCounted(roleCount, "role")}`;
    return [warning(`${connection} has ${counts} of its own, which are not migrated`, REMEDY)];
  },
};
