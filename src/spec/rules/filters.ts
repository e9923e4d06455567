import { objectToFilter } from "../../model/document-filter.ts";
import type { SpecProblem } from "../../model/problem.ts";
import { readSelections } from "../selection-draft.ts";
import { problemAtValue } from "../spec-document.ts";
import type { SpecSet } from "../spec-set.ts";

/** Filters that are no query, and operators whose result would not be the same at each reading. */
export function findInvalidFilters(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) =>
    readSelections(document).flatMap(({ collections }) =>
      (collections ?? []).flatMap(({ path, filter }) => {
        const objection = filter === null ? null : objectToFilter(filter);
        if (objection === null) return [];
        const message = `${objection.message.charAt(0).toUpperCase()}${objection.message.slice(1)}.`;
        return problemAtValue(document, [...path, "filter"], { ...objection, message });
      }),
    ),
  );
}
