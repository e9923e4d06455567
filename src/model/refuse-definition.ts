import { asNumber, nestedFields } from "./exact-document.ts";
import type { CollectionFacts, CollectionKind } from "./facts.ts";
import type { Refusal } from "./refusal.ts";

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

/** Only kinds and options of objects that this version copies exactly are migrated. */
export function refuseDefinition(source: CollectionFacts): Refusal | null {
  const reason = unsupportedKind(source) ?? unsupportedOption(source);
  if (reason === null) return null;
  return { reason, remedy: "Leave it out with `exclude` and move it by other means" };
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
