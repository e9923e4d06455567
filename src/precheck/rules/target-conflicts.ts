import { formatCounted } from "../../base/format-quantity.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { FUNCTIONS, type SelectedObject } from "../../model/select-objects.ts";
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

function conflictOf({ source, target, existing, owned, onExisting }: SelectedObject): Objection[] {
  if (existing === null || owned !== null || onExisting === "keep") return [];
  const name = formatNamespace(target);
  const isOtherKind = existing.kind !== source.kind;
  const what =
    isOtherKind || existing.kind === "view"
      ? KIND_NAMES[existing.kind]
      : formatCounted(existing.documentCount, "document");
  if (onExisting === "replace" && !isOtherKind) {
    return [
      warning(
        `${name} exists (${what}) and will be replaced`,
        "Take out onExisting: replace if that is not meant",
      ),
    ];
  }
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
      `${name} exists at the destination (${what})`,
      isOtherKind
        ? "Drop or rename it there, or map the source to another name with `as`"
        : "Set onExisting: replace or keep on exactly this collection, map it to another name with `as`, or drop it there",
    ),
  ];
}
