import { bucketsOf, isBuckets } from "../../model/document-storage.ts";
import type { CollectionFacts } from "../../model/facts.ts";
import { formatNamespace, FUNCTIONS, type Namespace } from "../../model/namespace.ts";
import { type Objection, type Rule, warning } from "../rule.ts";

/** Served by what they belong to: views. */
const VIEWS = "system.views";

/** Collections that servers keep for themselves, such as the profiler's, are named, not copied (R6). */
export const systemCollections: Rule = {
  id: "system-collections",
  passed: "no system collections are left behind",
  needsServers: true,
  check: ({ facts: { sourceCollections } }) => {
    const served = new Set(sourceCollections.filter(isTimeSeries).map(nameOfBuckets));
    return sourceCollections
      .map(({ namespace }) => namespace)
      .filter(({ coll }) => coll.startsWith("system.") && coll !== FUNCTIONS && coll !== VIEWS)
      .filter((namespace) => !served.has(formatNamespace(namespace)))
      .map(objectTo);
  },
};

function isTimeSeries({ kind }: CollectionFacts): boolean {
  return kind === "timeseries";
}

function nameOfBuckets({ namespace }: CollectionFacts): string {
  return formatNamespace(bucketsOf(namespace));
}

function objectTo(namespace: Namespace): Objection {
  const name = formatNamespace(namespace);
  if (isBuckets(namespace)) {
    return warning(
      `${name} holds data of a time-series collection that is not there any more, and is not migrated`,
      "If the data is wanted, create the time-series collection again at the source with the options of these buckets (listCollections), then plan again; else drop the buckets",
    );
  }
  return warning(
    `${name} belongs to the server and is not migrated`,
    "Nothing is to be done, unless you want the profiler at the destination: set it there",
  );
}
