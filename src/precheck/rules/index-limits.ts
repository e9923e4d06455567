import { formatCounted } from "../../base/format-quantity.ts";
import { nestedFields } from "../../model/exact-document.ts";
import type { IndexFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import {
  failed,
  objectsToMake,
  type Objection,
  type PrecheckContext,
  type Rule,
  warning,
} from "../rule.ts";

/** Limits of a collection (MongoDB limits and thresholds; tried on 6.0.5: codes 67, 13103 and 85). */
const MOST_INDEXES = 64;
const MOST_FIELDS = 32;
const MOST_TEXT_INDEXES = 1;
/** WiredTiger has a file for each collection and index; beyond this many a server opens and checkpoints slowly. */
const MANY_FILES = 20_000;

/** The destination takes as many indexes as are asked for. */
export const indexLimits: Rule = {
  id: "index-limits",
  passed: "the destination takes that many indexes",
  needsServers: true,
  check: (context) => [...objectsToMake(context).flatMap(refuseTooMany), ...warnOfFiles(context)],
};

function refuseTooMany({ source, target }: SelectedObject): Objection[] {
  const { indexes } = source;
  const remedy = "Drop indexes at the source that are not used ($indexStats tells)";
  const textCount = indexes.filter(({ spec }) => keyOf(spec).includes("text")).length;
  const wide = indexes.filter(({ spec }) => keyOf(spec).length > MOST_FIELDS);
  const reasons = [
    ...(indexes.length > MOST_INDEXES
      ? [`${indexes.length} indexes, and a collection may have ${MOST_INDEXES}`]
      : []),
    ...(textCount > MOST_TEXT_INDEXES
      ? [`${textCount} text indexes, and a collection may have one`]
      : []),
    ...wide.map(({ name }) => `the index ${name} has more than ${MOST_FIELDS} fields`),
  ];
  return reasons.map((reason) => failed(`${formatNamespace(target)}: ${reason}`, remedy));
}

function keyOf(spec: IndexFacts["spec"]): readonly unknown[] {
  return [...nestedFields(spec.fields, "key").values()];
}

function warnOfFiles({ facts, selected }: PrecheckContext): Objection[] {
  const added = selected.objects
    .filter(({ source, existing }) => source.kind !== "view" && existing === null)
    .map(({ source }) => source);
  const fileCount = countFiles(added) + countFiles(facts.destinationCollections);
  if (fileCount <= MANY_FILES) return [];
  return [
    warning(
      `the destination will have ${formatCounted(fileCount, "collection and index", "collections and indexes")}, each a file of its own`,
      "Let its servers open at least three times as many files (ulimit -n), and drop what is not used; restarts and checkpoints take longer",
    ),
  ];
}

function countFiles(collections: readonly { readonly indexes: readonly IndexFacts[] }[]): number {
  return collections.reduce((sum, { indexes }) => sum + 1 + indexes.length, 0);
}
