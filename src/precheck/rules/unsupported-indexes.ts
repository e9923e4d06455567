import {
  asNumber,
  type ExactDocument,
  nestedFields,
  valueText,
} from "../../model/exact-document.ts";
import type { IndexFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { repairIndex } from "../../model/repair-index.ts";
import { failed, objectsToMake, type Rule, warning } from "../rule.ts";

/** Options of an index that `createIndexes` takes as `listIndexes` gives them. */
const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set([
  "2dsphereIndexVersion",
  "bits",
  "clustered",
  "coarsestIndexedLevel",
  "collation",
  "default_language",
  "expireAfterSeconds",
  "finestIndexedLevel",
  "hidden",
  "key",
  "language_override",
  "max",
  "min",
  "name",
  "partialFilterExpression",
  "prepareUnique",
  "sparse",
  "storageEngine",
  "textIndexVersion",
  "unique",
  "v",
  "weights",
  "wildcardProjection",
]);
const SUPPORTED_TYPES: ReadonlySet<unknown> = new Set(["2d", "2dsphere", "hashed", "text"]);

/** Options that older destinations do not know, with the first release that does. */
const OPTIONS_SINCE: ReadonlyMap<string, number> = new Map([["prepareUnique", 6]]);

/** The server keeps it as a 32-bit number; others stop or delete at once, depending on the release (SERVER-68477). */
const MAX_EXPIRE_SECONDS = 2_147_483_647;

/** Made by the destination itself, with the collection, whatever the source's looks like. */
const ID_INDEX = "_id_";

const RECREATE = "Recreate the index at the source, or drop it";

interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

/** Every index can be built from its description alone; what has to be written otherwise, or cannot be built, is named. */
export const unsupportedIndexes: Rule = {
  id: "unsupported-indexes",
  passed: "all indexes can be built as they are described",
  needsServers: true,
  check: ({ selected, facts }) =>
    objectsToMake({ selected }).flatMap(({ source }) =>
      source.indexes.flatMap((index) => {
        const isMadeWithIt = index.name === ID_INDEX || index.spec.fields.get("clustered") === true;
        if (isMadeWithIt) return [];
        const place = `${formatNamespace(source.namespace)}, index ${index.name}`;
        const refusal = refuse(index, facts.destination.server?.version ?? "");
        if (refusal !== null) return [failed(`${place}: ${refusal.reason}`, refusal.remedy)];
        const { repairs } = repairIndex(index.spec);
        if (repairs.length === 0) return [];
        const remedy = "Nothing to do: it means the same";
        return [
          warning(`${place} is of an old form and is built as ${repairs.join(", ")}`, remedy),
        ];
      }),
    ),
};

function refuse({ spec, isBuilding }: IndexFacts, destinationVersion: string): Refusal | null {
  if (isBuilding) {
    return {
      reason: "it is being built at the source",
      remedy: "Wait until it is built there, then plan again",
    };
  }
  const { fields } = repairIndex(spec);
  const unknown = [...fields.keys()].filter((name) => !SUPPORTED_OPTIONS.has(name));
  if (unknown.length > 0) {
    return { reason: `unknown option ${unknown.join(", ")}`, remedy: RECREATE };
  }
  const version = asNumber(fields.get("v"));
  if (version !== null && version !== 1 && version !== 2) {
    return { reason: `index version ${version}, which no current server builds`, remedy: RECREATE };
  }
  return (
    refuseTypes(fields) ?? refuseExpiry(fields) ?? refuseForDestination(fields, destinationVersion)
  );
}

function refuseTypes(fields: ExactDocument["fields"]): Refusal | null {
  for (const [field, type] of nestedFields(fields, "key")) {
    if (asNumber(type) === null && !SUPPORTED_TYPES.has(type)) {
      const shown = `field ${field} has the type ${valueText(type)}`;
      return { reason: `${shown}, which no current server builds`, remedy: RECREATE };
    }
  }
  return null;
}

/** What an expiry means that no server should have taken depends on its release, so that nobody can say what was meant. */
function refuseExpiry(fields: ExactDocument["fields"]): Refusal | null {
  if (!fields.has("expireAfterSeconds")) return null;
  const value = fields.get("expireAfterSeconds");
  const seconds = asNumber(value);
  if (seconds !== null && seconds >= 0 && seconds <= MAX_EXPIRE_SECONDS) return null;
  return {
    reason: `expireAfterSeconds is ${valueText(value)}, which servers take for different things`,
    remedy: `Set it at the source with collMod to what is meant, 0 to ${MAX_EXPIRE_SECONDS}`,
  };
}

function refuseForDestination(
  fields: ExactDocument["fields"],
  destinationVersion: string,
): Refusal | null {
  const major = Number.parseInt(destinationVersion, 10);
  for (const [name, since] of OPTIONS_SINCE) {
    if (!fields.has(name) || Number.isNaN(major) || major >= since) continue;
    const reason = `option ${name}, which the destination (${destinationVersion}) does not know`;
    return { reason, remedy: `Choose a destination of ${since}.0 or later, or recreate the index` };
  }
  return null;
}
