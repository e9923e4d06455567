import { formatCounted } from "../base/format-quantity.ts";
import { listSome } from "../base/list-some.ts";
import { isCapped } from "../model/document-storage.ts";
import { desiredIndexes, ID_INDEX } from "../model/implicit-indexes.ts";
import type { Connection, Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import { isCollectionAction, type ObjectChange, type PlanAction } from "../model/plan.ts";
import type { SelectedObject } from "../model/select-objects.ts";
import { hasEffects } from "../model/while-following.ts";
import { isDifferent } from "./diff-objects.ts";

/**
 * What the user should know before approving; most dangerous first.
 * @param objects - Those that the actions make, as the source has them.
 */
export function listWarnings(
  migration: Migration,
  actions: readonly PlanAction[],
  objects: readonly SelectedObject[],
): string[] {
  return [
    ...overwriteWarnings(actions),
    ...modeWarnings(migration, actions, objects),
    ...filterWarnings(actions),
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

function modeWarnings(
  migration: Migration,
  actions: readonly PlanAction[],
  objects: readonly SelectedObject[],
): string[] {
  if (actions.length === 0) return [];
  if (migration.mode === "full-and-incremental") return untilCutoverWarnings(objects);
  return [
    "A full migration copies each document at the time it is read: nothing should write to the source until it has completed",
  ];
}

/** Where the destination is not like the source while changes are followed. */
export function untilCutoverWarnings(objects: readonly SelectedObject[]): string[] {
  const indexes = objects.flatMap(({ source, target }) =>
    desiredIndexes(source)
      .filter((index) => index.name !== ID_INDEX && hasEffects(index))
      .map(({ name }) => `${formatNamespace(target)} ${name}`),
  );
  const capped = objects
    .filter(({ source }) => isCapped(source.options))
    .map(({ target }) => formatNamespace(target));
  return [
    ...(indexes.length === 0
      ? []
      : [
          `${describeIndexes(indexes.length)}, as duplicates may come and go while changes are followed: ${listSome(indexes)}`,
        ]),
    ...(capped.length === 0
      ? []
      : [
          `${describeCapped(capped.length)} at the destination, so that no document goes there before it goes at the source: ${listSome(capped)}`,
        ]),
  ];
}

function describeIndexes(count: number): string {
  return count === 1
    ? "1 index is unique, expires documents or is hidden: until cutover it is built without that"
    : `${formatCounted(count, "index", "indexes")} are unique, expire documents or are hidden: until cutover they are built without that`;
}

function describeCapped(count: number): string {
  return count === 1
    ? "1 collection is capped: until cutover it is larger"
    : `${formatCounted(count, "collection")} are capped: until cutover they are larger`;
}

/** Nobody counts what a filter leaves before it is copied: that would read the whole collection. */
function filterWarnings(actions: readonly PlanAction[]): string[] {
  return actions.flatMap((action) =>
    isCollectionAction(action) && action.filter !== null
      ? [
          `Copies only the documents of ${formatNamespace(action.source)} that match ${action.filter}: at most ${formatCounted(action.documentCount, "document")}; sizes and times are those of the whole collection`,
        ]
      : [],
  );
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
export function driftWarnings(objects: readonly ObjectChange[]): string[] {
  const drifted = objects.filter((each) => each.change === "unchanged" && isDifferent(each));
  if (drifted.length === 0) return [];
  const isOne = drifted.length === 1;
  const what = formatCounted(drifted.length, "object");
  return [
    `${what} of an earlier run ${isOne ? "differs" : "differ"} in options or indexes by now, as shown below, and ${isOne ? "stays" : "stay"} so. To copy one again, drop it at the destination`,
  ];
}
