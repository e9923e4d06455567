/** Says which actions an account lacks, and prints the commands that grant them (R10). Pure. */
import { safeText } from "../../base/safe-text.ts";
import type { ConnectivityFailure, Target } from "./connectivity-failure.ts";
import { BUILT_IN_ROLE, type EndRole, type Rights } from "./privileges.ts";

/** No built-in role holds `listDatabases` without much more. */
const LIST_DATABASES_ROLE = "mongoferryListDatabases";

export function lackingRights(
  role: EndRole,
  missing: readonly Rights[],
  target: Target,
  shownUser: string | null,
): ConnectivityFailure {
  const gaps = missing.map(({ database, actions }) => {
    const where = database === null ? "on the cluster" : `on database ${quote(database)}`;
    return `${actions.join(", ")} ${where}`;
  });
  return {
    step: "authorization",
    code: "lacks-rights",
    cause: `${target.user} may not: ${gaps.join("; ")}`,
    remedy: describeRemedy(role, missing, target, shownUser),
  };
}

function describeRemedy(
  role: EndRole,
  missing: readonly Rights[],
  target: Target,
  shownUser: string | null,
): string {
  const commands = grantCommands(role, missing, target, shownUser).join("; ");
  if (target.provider !== "atlas") {
    return `Run in mongosh, as a user who may grant roles: ${commands}`;
  }
  const roles = missing.map(({ database }) =>
    database === null
      ? "the cluster action listDatabases (a custom role, or readAnyDatabase)"
      : `${BUILT_IN_ROLE[role]} on ${quote(database)}`,
  );
  return `In Atlas, under Database Access, edit the user and add ${roles.join(", ")}: Atlas keeps users itself. Elsewhere it would be: ${commands}`;
}

/** Commands for mongosh. Names are written as JSON, which cannot break out of its quotes. */
export function grantCommands(
  role: EndRole,
  missing: readonly Rights[],
  target: Pick<Target, "authDatabase" | "user">,
  shownUser: string | null,
): string[] {
  const grants = missing.map(({ database }) =>
    database === null
      ? { role: LIST_DATABASES_ROLE, db: "admin" }
      : { role: BUILT_IN_ROLE[role], db: database },
  );
  const createRole = {
    role: LIST_DATABASES_ROLE,
    privileges: [{ resource: { cluster: true }, actions: ["listDatabases"] }],
    roles: [],
  };
  const user = shownUser ?? `<${target.user}>`;
  return [
    ...(missing.some(({ database }) => database === null)
      ? [`db.getSiblingDB("admin").createRole(${quote(createRole)})`]
      : []),
    `db.getSiblingDB(${quote(target.authDatabase)}).grantRolesToUser(${quote(user)}, ${quote(grants)})`,
  ];
}

function quote(value: unknown): string {
  return safeText(JSON.stringify(value));
}
