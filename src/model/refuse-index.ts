/** Which indexes of a source no destination, or not this one, builds as they are described. */
import { compareReleases } from "./release.ts";
import { isCapped } from "./document-storage.ts";
import { asNumber, type ExactDocument, nestedFields, valueText } from "./exact-document.ts";
import type { IndexFacts } from "./facts.ts";
import type { Refusal } from "./refusal.ts";
import { repairIndex } from "./repair-index.ts";

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

/** The server keeps it as a 32-bit number; others stop or delete at once, depending on the release (SERVER-68477). */
const MAX_EXPIRE_SECONDS = 2_147_483_647;

const RECREATE = "Recreate the index at the source, or drop it";

/**
 * @param options - Those of the collection.
 * @param release - Of the destination, such as `6.0`; empty where it is not known.
 * @returns Null where the index can be built from its description.
 */
export function refuseIndex(
  index: IndexFacts,
  options: ExactDocument,
  release: string,
): Refusal | null {
  return refuse(index) ?? (isCapped(options) ? refuseExpiryOfCapped(index, release) : null);
}

function refuse({ spec, isBuilding }: IndexFacts): Refusal | null {
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
  return refuseTypes(fields) ?? refuseExpiry(fields);
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

/** Older servers take it and delete nothing, later ones delete (tried on 5.0.4 and 6.0.5; release notes of 7.1). */
function refuseExpiryOfCapped({ spec }: IndexFacts, release: string): Refusal | null {
  const isRefused = compareReleases(release, "5.2") >= 0 && compareReleases(release, "7.1") < 0;
  if (!isRefused || !spec.fields.has("expireAfterSeconds")) return null;
  return {
    reason: "a TTL index of a capped collection, which servers from 5.2 to 7.0 refuse",
    remedy: "Drop the index at the source, or use a destination of 7.1 or later",
  };
}
