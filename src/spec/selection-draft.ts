import { listAt, textAt, hasValueAt, type SpecDocument } from "./spec-document.ts";
import { valueAt, type SpecPath } from "./spec-path.ts";

/** One entry of `spec.objects` as far as it can be understood, for rules that run whatever the schema says. */
export interface SelectionDraft {
  readonly document: SpecDocument;
  readonly path: SpecPath;
  /** Exact name or glob. */
  readonly database: string;
  readonly as: string | null;
  /** Null where all are selected. */
  readonly collections: readonly CollectionDraft[] | null;
  /** Whether stored functions are asked for. */
  readonly hasFunctions: boolean;
  readonly exclude: readonly string[];
}

export interface CollectionDraft {
  readonly path: SpecPath;
  /** Where the name stands: the entry itself, or its `name`. */
  readonly namePath: SpecPath;
  readonly name: string;
  readonly as: string | null;
  readonly onExisting: string | null;
  readonly filter: string | null;
}

/** The selections of a migration; entries without a database are left out. */
export function readSelections(document: SpecDocument): SelectionDraft[] {
  return listAt(document, ["spec", "objects"]).flatMap((_entry, at) => {
    const path = ["spec", "objects", at];
    const database = textAt(document, [...path, "database"]);
    if (database === null) return [];
    const excludePath = [...path, "exclude"];
    return {
      document,
      path,
      database,
      as: textAt(document, [...path, "as"]),
      collections: readCollections(document, [...path, "collections"]),
      hasFunctions: valueAt(document.value, [...path, "functions"]) === true,
      exclude: listAt(document, excludePath).filter((entry) => typeof entry === "string"),
    };
  });
}

function readCollections(document: SpecDocument, path: SpecPath): CollectionDraft[] | null {
  if (!hasValueAt(document, path)) return null;
  return listAt(document, path).flatMap((entry, at) => {
    const entryPath = [...path, at];
    const namePath = typeof entry === "string" ? entryPath : [...entryPath, "name"];
    const name = textAt(document, namePath);
    if (name === null) return [];
    return {
      path: entryPath,
      namePath,
      name,
      as: textAt(document, [...entryPath, "as"]),
      onExisting: textAt(document, [...entryPath, "onExisting"]),
      filter: textAt(document, [...entryPath, "filter"]),
    };
  });
}
