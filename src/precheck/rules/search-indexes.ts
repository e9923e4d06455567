import { formatNamespace } from "../../model/namespace.ts";
import { type Rule, undecided, warning } from "../rule.ts";

/** Indexes of Atlas Search and Vector Search live beside the database, and nothing but Atlas builds them. */
export const searchIndexes: Rule = {
  id: "search-indexes",
  passed: "the selected collections have no search indexes",
  needsServers: true,
  check: ({ facts, selected, migration }) => {
    const { searchIndexes: found } = facts.leftBehind;
    const chosen = new Set(selected.objects.map(({ source }) => formatNamespace(source.namespace)));
    if (found === null) {
      const isPossible = migration.source.provider === "atlas" && chosen.size > 0;
      return isPossible
        ? [
            undecided(
              `whether the collections of ${facts.source.connection} have search indexes, which are not migrated`,
              "Look under Atlas Search, or grant the action listSearchIndexes",
            ),
          ]
        : [];
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
