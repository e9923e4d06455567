import { groupBy } from "../../base/group-by.ts";
import { ID_INDEX, isClustered } from "../../model/implicit-indexes.ts";
import type { CollectionFacts, IndexFacts } from "../../model/facts.ts";
import { indexIdentity } from "../../model/index-identity.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { refuseIndex } from "../../model/refuse-index.ts";
import { releaseOf } from "../../model/release.ts";
import { repairIndex } from "../../model/repair-index.ts";
import { failed, type Objection, objectsToMake, type Rule, warning } from "../rule.ts";

/** Every index can be built from its description alone; what has to be written otherwise, or cannot be built, is named. */
export const unsupportedIndexes: Rule = {
  id: "unsupported-indexes",
  passed: "all indexes can be built as they are described",
  needsServers: true,
  check: (context) => {
    const { server } = context.facts.destination;
    const release = server === null ? "" : releaseOf(server);
    // Where changes are followed, one that is being built comes with its own change.
    const isWanted = ({ isBuilding }: IndexFacts): boolean =>
      !isBuilding || context.migration.mode === "full";
    return objectsToMake(context).flatMap(({ source }) => [
      ...source.indexes.filter(isWanted).flatMap((index) => judgeIndex(source, index, release)),
      ...refuseTwins(source),
    ]);
  },
};

function judgeIndex(
  { namespace, options }: CollectionFacts,
  index: IndexFacts,
  release: string,
): Objection[] {
  // The destination makes these itself, with the collection, whatever the source's look like.
  if (index.name === ID_INDEX || isClustered(index)) return [];
  const place = `${formatNamespace(namespace)}, index ${index.name}`;
  const refusal = refuseIndex(index, options, release);
  if (refusal !== null) return [failed(`${place}: ${refusal.reason}`, refusal.remedy)];
  const { repairs } = repairIndex(index.spec);
  if (repairs.length === 0) return [];
  const remedy = "Nothing to do: it means the same";
  return [warning(`${place} is of an old form and is built as ${repairs.join(", ")}`, remedy)];
}

/** What was two indexes to an old source, and is one to servers of today (they refuse the second: code 85). */
function refuseTwins({ namespace, indexes }: CollectionFacts): Objection[] {
  const groups = groupBy(indexes, ({ spec }) => indexIdentity(spec));
  return [...groups.values()]
    .filter((group) => group.length > 1 && group.some(({ spec }) => isRepaired(spec)))
    .map((group) =>
      failed(
        `${formatNamespace(namespace)}: the indexes ${group.map(({ name }) => name).join(" and ")} are the same one in the form that the destination takes`,
        "Drop all but one of them at the source: they hold the same",
      ),
    );
}

function isRepaired(spec: IndexFacts["spec"]): boolean {
  return repairIndex(spec).repairs.length > 0;
}
