import { formatCounted } from "../base/format-quantity.ts";
import { compareDefinitions } from "../model/compare-definitions.ts";
import type { Connection, Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { PlanAction } from "../model/plan.ts";
import type { SelectedObject } from "../model/select-objects.ts";

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

/** An earlier run's unfinished copy is dropped: what it holds may be older than the new run's fence. */
export function unfinishedWarnings(
  objects: readonly SelectedObject[],
  runDigest: string | null,
): string[] {
  return objects.flatMap(({ target, existing, owned }) =>
    runDigest === null && owned !== null && existing !== null && existing.kind !== "view"
      ? [
          `Drops the unfinished copy ${formatNamespace(target)} of an earlier run (${formatCounted(existing.documentCount, "document")}) and copies it again`,
        ]
      : [],
  );
}

/** Objects that are left as an earlier run made them are not compared again, but their definitions are at hand. */
export function driftWarnings(objects: readonly SelectedObject[]): string[] {
  return objects.flatMap(({ source, target, existing }) => {
    if (existing === null) return [];
    const { optionDifferences, indexDifferences } = compareDefinitions(source, existing);
    const differences = [...optionDifferences, ...indexDifferences];
    if (differences.length === 0) return [];
    return [
      `${formatNamespace(target)} is left as an earlier run made it, but differs from its source: ${differences.join("; ")}. To copy it again, drop it at the destination`,
    ];
  });
}
