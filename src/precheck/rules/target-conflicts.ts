import { formatBytes, formatCounted } from "../../base/format-quantity.ts";
import type { CollectionFacts } from "../../model/facts.ts";
import { formatNamespace, FUNCTIONS } from "../../model/namespace.ts";
import { isKept, isReplaceable, type SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, type Rule, warning } from "../rule.ts";

/** Nothing that exists at the destination is overwritten, unless the spec names it. */
export const targetConflicts: Rule = {
  id: "target-conflicts",
  passed: "no target exists at the destination",
  needsServers: true,
  check: ({ selected }) => selected.objects.flatMap(conflictOf),
};

const KIND_NAMES = {
  collection: "a collection",
  timeseries: "a time-series collection",
  view: "a view",
} as const;

function conflictOf(object: SelectedObject): Objection[] {
  const { source, target, existing, owned } = object;
  if (existing === null || owned !== null) return [];
  const name = formatNamespace(target);
  const isOtherKind = existing.kind !== source.kind;
  if (isKept(object)) {
    return [
      warning(
        `${name} exists (${describeStanding(existing)}) and is kept as it is: nothing is copied to it, and no index is made`,
        "Take out onExisting: keep if that is not meant",
      ),
    ];
  }
  if (isReplaceable(object)) {
    return [
      warning(
        `${name} exists (${describeStanding(existing)}) and will be replaced`,
        "Take out onExisting: replace if that is not meant",
      ),
    ];
  }
  const what =
    isOtherKind || existing.kind === "view"
      ? KIND_NAMES[existing.kind]
      : formatCounted(existing.documentCount, "document");
  if (target.coll === FUNCTIONS) {
    return [
      failed(
        `${target.db} has stored functions at the destination already (system.js, ${what})`,
        "Set functions: false on this database, or remove those at the destination (db.system.js.deleteMany({})); they are never replaced or merged",
      ),
    ];
  }
  return [
    failed(
      `${name} exists at the destination (${what}${originOf(object)})`,
      remedyFor(object, isOtherKind),
    ),
  ];
}

/** What was moved is no leftover: nobody is led to drop what may be in use. */
function remedyFor(object: SelectedObject, isOtherKind: boolean): string {
  if (isOwnWork(object)) {
    return "It may be in use by now. Where that was all that is to be moved, leave the spec as it was; to move it anew, map it to another name with `as`, or drop it once nobody uses it";
  }
  return isOtherKind
    ? "Drop or rename it there, or map the source to another name with `as`"
    : "Set onExisting: replace or keep on exactly this collection, map it to another name with `as`, or drop it there";
}

/** With what goes with it: its indexes are dropped, or kept, too. */
function describeStanding({ kind, documentCount, dataBytes, indexes }: CollectionFacts): string {
  if (kind === "view") return KIND_NAMES.view;
  const count = formatCounted(indexes.length, "index", "indexes");
  return `${formatCounted(documentCount, "document")}, ${formatBytes(dataBytes)}, ${count}`;
}

/** Whether it stands as an earlier run of this migration has made it. */
function isOwnWork({ record, existing }: SelectedObject): boolean {
  return existing !== null && existing.uuid !== null && record?.targetUuid === existing.uuid;
}

/** A mapping that has changed meets what it made before, and so does a run that begins anew behind one that has ended. */
function originOf(object: SelectedObject): string {
  const { record, source, filter } = object;
  if (record === null || !isOwnWork(object)) return "";
  const from = formatNamespace(record.source);
  if (from !== formatNamespace(source.namespace)) {
    return `, which this migration has copied from ${from}`;
  }
  if (record.filter === filter) return ", which an earlier run of this migration has made";
  return `, which this migration has copied with ${record.filter === null ? "no filter" : "another filter"}`;
}
