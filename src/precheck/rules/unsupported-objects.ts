import { asNumber, nestedFields } from "../../model/exact-document.ts";
import type { CollectionFacts, CollectionKind } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { failed, type Objection, objectsToMake, type Rule } from "../rule.ts";

/** Options of collections and views that `create` takes as they are listed. */
const COLLECTION_OPTIONS: ReadonlySet<string> = new Set([
  "capped",
  "changeStreamPreAndPostImages",
  "clusteredIndex",
  "collation",
  // The rule encrypted-fields refuses them.
  "encryptedFields",
  "expireAfterSeconds",
  "indexOptionDefaults",
  "max",
  "size",
  "storageEngine",
  "validationAction",
  "validationLevel",
  "validator",
]);

const SUPPORTED_OPTIONS: Readonly<Record<CollectionKind, ReadonlySet<string>>> = {
  collection: COLLECTION_OPTIONS,
  timeseries: new Set([
    "collation",
    "expireAfterSeconds",
    "indexOptionDefaults",
    "storageEngine",
    "timeseries",
  ]),
  view: new Set(["collation", "pipeline", "viewOn"]),
};

/** Every selected object is of a kind that this version copies exactly; all others are named. */
export const unsupportedObjects: Rule = {
  id: "unsupported-objects",
  passed: "all selected objects are of kinds that are copied exactly",
  needsServers: true,
  check: (context) => objectsToMake(context).flatMap(({ source }) => objectTo(source)),
};

function objectTo(source: CollectionFacts): Objection[] {
  const name = formatNamespace(source.namespace);
  const reason = unsupportedKind(source) ?? unsupportedOption(source);
  if (reason === null) return [];
  return [failed(`${name}: ${reason}`, "Leave it out with `exclude` and move it by other means")];
}

function unsupportedKind({ kind, indexes }: CollectionFacts): string | null {
  if (kind === "collection" && !indexes.some(isIdIndex)) {
    return "the collection has no index on _id, by which it would be read";
  }
  return null;
}

function isIdIndex({ spec }: CollectionFacts["indexes"][number]): boolean {
  const key = nestedFields(spec.fields, "key");
  return key.size === 1 && asNumber(key.get("_id")) === 1;
}

function unsupportedOption({ kind, options }: CollectionFacts): string | null {
  const unknown = [...options.fields.keys()].filter((name) => !SUPPORTED_OPTIONS[kind].has(name));
  if (unknown.length === 0) return null;
  return `the option ${unknown.join(", ")} is not migrated by this version`;
}
