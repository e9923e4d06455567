/** Where the changes of a source's collections go. */
import { isCapped } from "../model/document-storage.ts";
import type { SelectedObject } from "../model/select-objects.ts";
import type { CollectionRecord } from "../ports.ts";
import type { AppliedTarget } from "./apply-window.ts";

/** Finished copies by the UUID of their source's collection; one may have several, under several names. */
export function mapTargets(
  objects: readonly SelectedObject[],
  records: readonly CollectionRecord[],
): ReadonlyMap<string, readonly AppliedTarget[]> {
  const targets = new Map<string, AppliedTarget[]>();
  for (const { state, target, targetUuid, sourceUuid, filter } of records) {
    if (state !== "done" || sourceUuid === null || targetUuid === null) continue;
    const object = objects.find(
      (each) =>
        each.source.uuid === sourceUuid &&
        each.target.db === target.db &&
        each.target.coll === target.coll,
    );
    if (object === undefined) continue;
    const known = targets.get(sourceUuid) ?? [];
    const { options } = object;
    known.push({
      namespace: target,
      uuid: targetUuid,
      hasValidator: options.fields.has("validator"),
      isOrdered: isCapped(options),
      isCollated: options.fields.has("collation"),
      filter,
    });
    targets.set(sourceUuid, known);
  }
  return targets;
}
