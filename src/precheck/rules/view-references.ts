import { formatNamespace } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, type PrecheckContext, type Rule, warning } from "../rule.ts";

/** Views read from what they name: the same names must mean the same data at the destination. */
export const viewReferences: Rule = {
  id: "view-references",
  passed: "views find what they read from under the same names",
  needsServers: true,
  check: (context) =>
    context.selected.objects
      .filter(({ source }) => source.kind === "view")
      .flatMap((view) => objectTo(view, context)),
};

function objectTo(view: SelectedObject, { selected }: PrecheckContext): Objection[] {
  const name = formatNamespace(view.source.namespace);
  const { db } = view.source.namespace;
  return referencedCollections(view.source.options.fields).flatMap((coll) => {
    const copies = selected.objects.filter(
      ({ source }) => source.namespace.db === db && source.namespace.coll === coll,
    );
    const isInPlace = copies.some(
      ({ target }) => target.db === view.target.db && target.coll === coll,
    );
    if (isInPlace) return [];
    if (copies.length > 0) {
      return [
        failed(
          `${name} reads from ${coll}, which is renamed; this version does not rewrite views`,
          `Exclude the view and create it at the destination, or keep the name of ${coll}`,
        ),
      ];
    }
    return [
      warning(
        `${name} reads from ${coll}, which is not selected: the view is empty unless ${view.target.db} has it`,
        `Select ${coll} too, or exclude the view`,
      ),
    ];
  });
}

/** `viewOn`, and what `$lookup`, `$graphLookup` and `$unionWith` name, however deep. */
function referencedCollections(options: ReadonlyMap<string, unknown>): readonly string[] {
  const viewOn = options.get("viewOn");
  const names = [
    ...(typeof viewOn === "string" ? [viewOn] : []),
    ...stageReferences(options.get("pipeline")),
  ];
  return [...new Set(names)].toSorted();
}

function stageReferences(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(stageReferences);
  if (!(value instanceof Map)) return [];
  return [...(value as ReadonlyMap<string, unknown>)].flatMap(([key, inner]) => {
    const nested = stageReferences(inner);
    if (key === "$unionWith" && typeof inner === "string") return [inner, ...nested];
    if (!["$lookup", "$graphLookup", "$unionWith"].includes(key)) return nested;
    if (!(inner instanceof Map)) return nested;
    const from: unknown = inner.get(key === "$unionWith" ? "coll" : "from");
    return typeof from === "string" ? [from, ...nested] : nested;
  });
}
