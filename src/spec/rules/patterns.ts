import type { SpecProblem } from "../../model/problem.ts";
import { exactName, isGlob } from "../../model/glob.ts";
import { quoteText } from "../printable-text.ts";
import { readSelections, type CollectionDraft } from "../selection-draft.ts";
import { formatPlace, problemAtKey, problemAtValue, type SpecDocument } from "../spec-document.ts";
import type { SpecPath } from "../spec-path.ts";
import type { SpecSet } from "../spec-set.ts";

/**
 * New names, and permission to drop, go with one exact name: many objects can't share a new name, and what is dropped
 * must stand in the spec by name.
 */
export function findPatternsWithExactSettings(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) =>
    readSelections(document).flatMap(({ path, database, as, collections }) => [
      ...(as !== null && isGlob(database)
        ? [describeGlob(document, [...path, "as"], database, "a new name")]
        : []),
      ...(collections ?? []).flatMap((each) => checkCollection(document, database, each)),
    ]),
  );
}

/** One entry decides what becomes of a collection; a second one with another target would be passed over silently. */
export function findRepeatedEntries(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) =>
    readSelections(document).flatMap(({ collections }) => {
      const firsts = new Map<string, CollectionDraft>();
      return (collections ?? []).flatMap((entry) => {
        const name = exactName(entry.name);
        const first = name === null ? undefined : firsts.get(name);
        if (name !== null && first === undefined) firsts.set(name, entry);
        // With one target, it is a namespace written twice.
        if (name === null || first === undefined || (first.as ?? name) === (entry.as ?? name)) {
          return [];
        }
        return problemAtValue(document, entry.namePath, {
          code: "selected-twice",
          message: `The collection ${quoteText(name)} is in this list already, at ${formatPlace(document, first.namePath)}.`,
          remedy:
            "Keep one; a second copy under another name needs an entry of its own in objects.",
        });
      });
    }),
  );
}

function checkCollection(
  document: SpecDocument,
  database: string,
  { path, name, as, onExisting }: CollectionDraft,
): SpecProblem[] {
  const pattern = [name, database].find(isGlob);
  return [
    ...(as !== null && isGlob(name)
      ? [describeGlob(document, [...path, "as"], name, "a new name")]
      : []),
    ...(pattern !== undefined && (onExisting === "replace" || onExisting === "keep")
      ? [describeGlob(document, [...path, "onExisting"], pattern, onExisting)]
      : []),
  ];
}

function describeGlob(
  document: SpecDocument,
  path: SpecPath,
  pattern: string,
  what: string,
): SpecProblem {
  return problemAtKey(document, path, {
    code: "glob-with-as",
    message: `${quoteText(pattern)} is a pattern; ${what} needs one exact name.`,
    remedy: String.raw`Name each object by itself, or write \* and \? where the name really has these characters.`,
  });
}
