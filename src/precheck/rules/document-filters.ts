import { formatNamespace } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import { failed, objectsToMake, type Objection, type Rule, warning } from "../rule.ts";

/** Every filter is one that the source's server takes, on a collection whose documents it can pick. */
export const documentFilters: Rule = {
  id: "document-filters",
  passed: "the source takes all filters",
  needsServers: true,
  check: ({ selected, facts }) => [
    ...objectsToMake({ selected }).flatMap(objectTo),
    ...facts.filterRefusals.map(({ source, reason }) =>
      failed(
        `${facts.source.connection} refuses the filter of ${formatNamespace(source)}: ${reason}`,
        "Correct the filter; `find` with it, a hint on _id and no collation has to work at the source",
      ),
    ),
  ],
};

function objectTo({ source, filter }: SelectedObject): Objection[] {
  if (filter === null) return [];
  const name = formatNamespace(source.namespace);
  if (source.kind === "timeseries") {
    return [
      failed(
        `${name} is a time-series collection, which is copied by whole buckets and not by documents`,
        "Take the filter out for this collection, with an entry of its own, or leave the collection out with `exclude`",
      ),
    ];
  }
  if (source.kind !== "view") return [];
  return [
    warning(
      `${name} is a view and is created as it is; the filter does not concern it`,
      "Give the view an entry of its own without a filter, to say that this is meant",
    ),
  ];
}
