import type { Migration } from "../../model/migration.ts";
import type { ServerFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { objectsToMake, type PrecheckContext, type Rule, undecided, warning } from "../rule.ts";

/** Hosts of Atlas, and of Atlas for Government. */
const ATLAS_HOST = /\.mongodb(gov)?\.net(:\d+)?$/iu;

/** Indexes of Atlas Search and Vector Search live beside the database, and nothing but Atlas builds them. */
export const searchIndexes: Rule = {
  id: "search-indexes",
  passed: "the selected collections have no search indexes",
  needsServers: true,
  check: (context) => {
    const { connection, server } = context.facts.source;
    const { searchIndexes: found } = context.facts.leftBehind;
    const chosen = chosenNames(context);
    if (found === null || found === "stage-unknown") {
      const isPossible = found === null || isAtlas(context.migration.source, server);
      if (!isPossible || chosen.size === 0) return [];
      return [
        undecided(
          `whether the collections of ${connection} have search indexes, which are not migrated${found === null ? "" : `; ${server?.version ?? "its release"} cannot list them`}`,
          "Look under Atlas Search, or grant the action listSearchIndexes",
        ),
      ];
    }
    return found
      .filter(({ namespace }) => chosen.has(formatNamespace(namespace)))
      .map(({ namespace, names }) =>
        warning(
          `${formatNamespace(namespace)} has search indexes, which are not migrated: ${names.join(", ")}`,
          "Queries with $search and $vectorSearch need another way at the destination; in Atlas create the indexes there again",
        ),
      );
  },
};

function chosenNames(context: PrecheckContext): ReadonlySet<string> {
  const collections = objectsToMake(context).filter(({ source }) => source.kind === "collection");
  return new Set(collections.map(({ source }) => formatNamespace(source.namespace)));
}

/** Also where the spec calls it a plain deployment. Servers elsewhere have had search only since releases that can list its indexes. */
function isAtlas({ provider }: Migration["source"], server: ServerFacts | null): boolean {
  if (provider === "atlas" || server?.state.isSharedTier === true) return true;
  const hosts = [
    ...(server?.hosts ?? []),
    ...(server?.network.hosts ?? []).map(({ host }) => host),
  ];
  return hosts.some((host) => ATLAS_HOST.test(host));
}
