import { asNumber, nestedFields, valueText } from "../../model/exact-document.ts";
import type { IndexFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { failed, type Rule } from "../rule.ts";

/** Options of an index that `createIndexes` takes as `listIndexes` gives them. */
const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set([
  "2dsphereIndexVersion",
  "background",
  "bits",
  "collation",
  "default_language",
  "expireAfterSeconds",
  "hidden",
  "key",
  "language_override",
  "max",
  "min",
  "name",
  "ns",
  "partialFilterExpression",
  "sparse",
  "storageEngine",
  "textIndexVersion",
  "unique",
  "v",
  "weights",
  "wildcardProjection",
]);
const SUPPORTED_TYPES: ReadonlySet<unknown> = new Set(["2d", "2dsphere", "hashed", "text"]);

/** Made by the destination itself, with the collection, whatever the source's looks like. */
const ID_INDEX = "_id_";

/** Every index can be built from its description alone; all others are named. */
export const unsupportedIndexes: Rule = {
  id: "unsupported-indexes",
  passed: "all indexes can be built as they are described",
  needsServers: true,
  check: ({ selected }) =>
    selected.objects.flatMap(({ source }) =>
      source.indexes.flatMap((index) => {
        const reason = index.name === ID_INDEX ? null : unsupportedReason(index);
        if (reason === null) return [];
        const place = `${formatNamespace(source.namespace)}, index ${index.name}`;
        return [failed(`${place}: ${reason}`, "Recreate the index at the source, or drop it")];
      }),
    ),
};

function unsupportedReason({ spec }: IndexFacts): string | null {
  const unknown = [...spec.fields.keys()].filter((name) => !SUPPORTED_OPTIONS.has(name));
  if (unknown.length > 0) return `unknown option ${unknown.join(", ")}`;
  const version = asNumber(spec.fields.get("v"));
  if (version !== null && version < 2) return `index version ${version}, which is legacy`;
  for (const [field, type] of nestedFields(spec.fields, "key")) {
    const direction = asNumber(type);
    const isDirection = direction !== null && direction !== 0 && !Number.isNaN(direction);
    if (!isDirection && !SUPPORTED_TYPES.has(type)) {
      return `field ${field} has the type ${valueText(type)}, which no current server builds`;
    }
  }
  return null;
}
