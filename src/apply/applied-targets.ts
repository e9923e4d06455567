/** Where the changes of a source's collections go. */
import { isCapped } from "../model/document-storage.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { SelectedObject } from "../model/select-objects.ts";
import { deletesByItself } from "../model/while-following.ts";
import type { CollectionRecord } from "../ports.ts";
import type { AppliedTarget } from "./apply-window.ts";

/** Finished copies by the UUID of their source's collection; one may have several, under several names. */
export function mapTargets(
  objects: readonly SelectedObject[],
  records: readonly CollectionRecord[],
): ReadonlyMap<string, readonly AppliedTarget[]> {
  const byTarget = new Map(objects.map((each) => [formatNamespace(each.target), each]));
  const targets = new Map<string, AppliedTarget[]>();
  for (const { state, target, targetUuid, sourceUuid, filter } of records) {
    if (state !== "done" || sourceUuid === null || targetUuid === null) continue;
    const object = byTarget.get(formatNamespace(target));
    if (object?.source.uuid !== sourceUuid) continue;
    const known = targets.get(sourceUuid) ?? [];
    const { options } = object;
    known.push({
      namespace: target,
      uuid: targetUuid,
      hasValidator: options.fields.has("validator"),
      isOrdered: isCapped(options),
      isCollated: options.fields.has("collation"),
      deletesByItself: deletesByItself(object.source),
      filter,
    });
    targets.set(sourceUuid, known);
  }
  return targets;
}

/** Whether changes of some collection have to be put together otherwise: by a filter or a collation that was not there before. */
export function haveOtherTraits(
  before: ReadonlyMap<string, readonly AppliedTarget[]>,
  now: ReadonlyMap<string, readonly AppliedTarget[]>,
): boolean {
  return [...now].some(([uuid, targets]) => {
    const known = before.get(uuid) ?? [];
    const isNew = (has: (target: AppliedTarget) => boolean): boolean =>
      targets.some(has) && !known.some(has);
    return isNew(({ filter }) => filter !== null) || isNew(({ isCollated }) => isCollated);
  });
}
