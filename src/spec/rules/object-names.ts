import type { SpecProblem } from "../../model/problem.ts";
import { exactName, isGlob } from "../../model/glob.ts";
import { quoteText } from "../printable-text.ts";
import { readSelections, type CollectionDraft, type SelectionDraft } from "../selection-draft.ts";
import { problemAtValue, textAt, type SpecDocument } from "../spec-document.ts";
import type { SpecPath } from "../spec-path.ts";
import type { SpecSet } from "../spec-set.ts";

const METADATA_PATH = ["spec", "metadataDatabase"];

/** MongoDB's limits: 63 bytes for a database, 255 for a namespace (since 4.4). */
const DATABASE_BYTES_MAX = 63;
const NAMESPACE_BYTES_MAX = 255;

/** Names that no MongoDB server takes, and system collections, which are never copied as plain data (R6). */
export function findInvalidNames(specs: SpecSet): SpecProblem[] {
  const metadata = [...specs.migrations, ...specs.defaults].flatMap((document) =>
    checkDatabase(document, METADATA_PATH, textAt(document, METADATA_PATH)),
  );
  const selected = specs.migrations.flatMap((document) =>
    readSelections(document).flatMap((selection) => [
      ...checkDatabase(document, [...selection.path, "database"], nameToCheck(selection.database)),
      ...checkDatabase(document, [...selection.path, "as"], selection.as),
      ...(selection.collections ?? []).flatMap((entry) => checkEntry(selection, entry)),
    ]),
  );
  return [...metadata, ...selected];
}

function checkEntry(selection: SelectionDraft, entry: CollectionDraft): SpecProblem[] {
  const { document } = selection;
  const database = selection.as ?? exactName(selection.database) ?? "";
  const target = entry.as ?? exactName(entry.name);
  const targetPath = entry.as === null ? entry.namePath : [...entry.path, "as"];
  const isLong =
    target !== null && Buffer.byteLength(`${database}.${target}`) > NAMESPACE_BYTES_MAX;
  const long = `makes a namespace longer than ${NAMESPACE_BYTES_MAX} bytes`;
  return [
    ...checkCollection(document, entry.namePath, nameToCheck(entry.name)),
    ...checkCollection(document, [...entry.path, "as"], entry.as),
    ...(isLong ? [describeName(document, targetPath, target, long, "Choose a shorter name.")] : []),
  ];
}

function checkDatabase(document: SpecDocument, path: SpecPath, name: string | null): SpecProblem[] {
  if (name === null) return [];
  if (name.includes(".")) {
    const remedy = "A database name has no dot; collections have their own key.";
    return [describeName(document, path, name, "has a dot", remedy)];
  }
  const bad = describeCharacter(/[/\\ "$\p{Cc}]/u.exec(name));
  const long = `is longer than ${DATABASE_BYTES_MAX} bytes`;
  const what = bad ?? (Buffer.byteLength(name) > DATABASE_BYTES_MAX ? long : null);
  return what === null ? [] : [describeName(document, path, name, what, "Check the name.")];
}

function checkCollection(
  document: SpecDocument,
  path: SpecPath,
  name: string | null,
): SpecProblem[] {
  if (name === null) return [];
  if (name.startsWith("system.")) {
    const remedy =
      "Remove it. Views and time-series collections come along when they are selected by their own names.";
    return [describeName(document, path, name, "is a system collection", remedy)];
  }
  const bad = describeCharacter(/[$\p{Cc}]/u.exec(name));
  const what = name.startsWith(".") ? "begins with a dot" : bad;
  return what === null ? [] : [describeName(document, path, name, what, "Check the name.")];
}

/** Control characters are refused too, though servers take some: they would reach terminals and logs. */
function describeCharacter(found: RegExpExecArray | null): string | null {
  return found === null ? null : `has the character ${quoteText(found[0])}, which is not allowed`;
}

/** A pattern is looked at as it stands: what no name may contain can't be matched either. */
function nameToCheck(pattern: string): string {
  return exactName(pattern) ?? (isGlob(pattern) ? pattern.replaceAll("\\", "") : pattern);
}

function describeName(
  document: SpecDocument,
  path: SpecPath,
  name: string,
  what: string,
  remedy: string,
): SpecProblem {
  return problemAtValue(document, path, {
    code: "invalid-name",
    message: `The name ${quoteText(name)} ${what}.`,
    remedy,
  });
}
