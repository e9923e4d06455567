import type { SpecProblem } from "../../model/problem.ts";
import { readSelections } from "../selection-draft.ts";
import { problemAtValue } from "../spec-document.ts";
import { valueAt } from "../spec-path.ts";
import type { SpecSet } from "../spec-set.ts";

/** A selection that selects nothing is a mistake: nobody writes it for that. */
export function findEmptySelections(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) =>
    readSelections(document).flatMap(({ path, hasFunctions }) => {
      const listPath = [...path, "collections"];
      // Whatever is no list is the schema's matter.
      const written = valueAt(document.value, listPath);
      const isEmpty = Array.isArray(written) && written.length === 0;
      if (!isEmpty || hasFunctions) return [];
      return problemAtValue(document, listPath, {
        code: "nothing-selected",
        message:
          "This entry selects nothing: it lists no collections, and no functions are wanted.",
        remedy:
          "List collections, leave the key out for all of them, or set functions: true for the stored functions alone.",
      });
    }),
  );
}
