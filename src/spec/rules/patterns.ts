import type { SpecProblem } from "../../model/problem.ts";
import { isGlob } from "../../model/glob.ts";
import { quoteText } from "../printable-text.ts";
import { readSelections, type CollectionDraft } from "../selection-draft.ts";
import { problemAtKey, type SpecDocument } from "../spec-document.ts";
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
      ...(collections ?? []).flatMap((collection) => checkCollection(document, collection)),
    ]),
  );
}

function checkCollection(document: SpecDocument, collection: CollectionDraft): SpecProblem[] {
  const { path, name, as, onExisting } = collection;
  if (!isGlob(name)) return [];
  return [
    ...(as === null ? [] : [describeGlob(document, [...path, "as"], name, "a new name")]),
    ...(onExisting === "replace"
      ? [describeGlob(document, [...path, "onExisting"], name, "replace")]
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
