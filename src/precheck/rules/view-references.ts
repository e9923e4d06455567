import { groupBy } from "../../base/group-by.ts";
import { formatNamespace } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, type Rule, warning } from "../rule.ts";

/** Views read from what they name: the same names must mean the same data at the destination. */
export const viewReferences: Rule = {
  id: "view-references",
  passed: "views find what they read from under the same names",
  needsServers: true,
  check: ({ selected }) => {
    const lookup = {
      bySource: groupBy(selected.objects, ({ source }) => formatNamespace(source.namespace)),
      byTarget: groupBy(selected.objects, ({ target }) => formatNamespace(target)),
    };
    return selected.objects
      .filter(({ source }) => source.kind === "view")
      .flatMap((view) => objectTo(view, lookup));
  },
};

interface Lookup {
  readonly bySource: ReadonlyMap<string, readonly SelectedObject[]>;
  readonly byTarget: ReadonlyMap<string, readonly SelectedObject[]>;
}

function objectTo(view: SelectedObject, { bySource, byTarget }: Lookup): Objection[] {
  const name = formatNamespace(view.source.namespace);
  return referencedCollections(view.source.options.fields).flatMap((coll) => {
    const read = formatNamespace({ db: view.source.namespace.db, coll });
    const found = formatNamespace({ db: view.target.db, coll });
    const copies = bySource.get(read) ?? [];
    const taken = byTarget.get(found) ?? [];
    if (taken.some(({ source }) => formatNamespace(source.namespace) === read)) return [];
    if (copies.length > 0) {
      return [
        failed(
          `${name} reads from ${coll}, which is renamed; this version does not rewrite views`,
          `Exclude the view and create it at the destination, or keep the name of ${coll}`,
        ),
      ];
    }
    if (taken[0] !== undefined) {
      return [
        failed(
          `${name} reads from ${coll}, a name that ${formatNamespace(taken[0].source.namespace)} gets at the destination`,
          "Exclude the view and create it at the destination, or choose another name with `as`",
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
