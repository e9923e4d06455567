import { formatCounted } from "../base/format-quantity.ts";
import type { Connection, Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { PlanAction } from "../model/plan.ts";

/** What the user should know before approving; most dangerous first. */
export function listWarnings(migration: Migration, actions: readonly PlanAction[]): string[] {
  return [
    ...overwriteWarnings(actions),
    ...modeWarnings(migration, actions),
    ...accountWarnings(migration.source),
    ...accountWarnings(migration.destination),
  ];
}

function overwriteWarnings(actions: readonly PlanAction[]): string[] {
  return actions.flatMap((action) => {
    if (action.kind === "replace-view") {
      return [`Overwrites the view ${formatNamespace(action.target)} at the destination`];
    }
    if (action.kind !== "replace-collection" || action.replaces === null) return [];
    const { documentCount } = action.replaces;
    const target = formatNamespace(action.target);
    return [
      `Overwrites ${target} at the destination (${formatCounted(documentCount, "document")})`,
    ];
  });
}

function modeWarnings(migration: Migration, actions: readonly PlanAction[]): string[] {
  if (migration.mode !== "full" || actions.length === 0) return [];
  return [
    "A full migration copies each document at the time it is read: nothing should write to the source until it has completed",
  ];
}

/** ApsaraDB keeps its `root` user in `admin` (requirements, R7). */
function accountWarnings({ name, provider, address }: Connection): string[] {
  if (provider !== "apsaradb" || address.kind !== "parts") return [];
  const isRoot = address.username?.kind === "text" && address.username.text === "root";
  if (!isRoot || address.authDatabase === "admin") return [];
  return [
    `${name}: the authentication database of ApsaraDB's root user is admin, not ${address.authDatabase}`,
  ];
}
