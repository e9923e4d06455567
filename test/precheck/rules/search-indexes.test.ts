import { describe, expect, it } from "vitest";
import type { LeftBehind, ServerFacts } from "../../../src/model/facts.ts";
import { searchIndexes } from "../../../src/precheck/rules/search-indexes.ts";
import { namespace } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { IDLE, LOCAL_NETWORK } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

const MIGRATION = sampleMigration([selection("shop")]);
const ON_ATLAS = { ...MIGRATION, source: { ...MIGRATION.source, provider: "atlas" as const } };
const UNDECIDED = [expect.stringMatching(/^warning: could not be decided: .*search indexes/)];

function factsWith(found: LeftBehind["searchIndexes"], server: Partial<ServerFacts> = {}) {
  const leftBehind = { users: null, roleCount: 0, searchIndexes: found };
  const source = reachable("source", server);
  return factsOf([collectionFacts("shop.a")], [], { leftBehind, source });
}

describe("searchIndexes", () => {
  it("names search indexes of selected collections only", () => {
    const names = ["default", "vectors"];
    const found = [
      { namespace: namespace("shop.a"), names },
      { namespace: namespace("other.b"), names },
    ];
    expect(checkRule(searchIndexes, MIGRATION, factsWith(found))).toEqual([
      "warning: shop.a has search indexes, which are not migrated: default, vectors",
    ]);
    expect(checkRule(searchIndexes, MIGRATION, factsWith([]))).toEqual([]);
  });

  it("says so where the server does not tell", () => {
    expect(checkRule(searchIndexes, MIGRATION, factsWith(null))).toEqual(UNDECIDED);
  });

  it.each<[string, typeof MIGRATION, Partial<ServerFacts>]>([
    ["provider", ON_ATLAS, {}],
    ["members", MIGRATION, { hosts: ["c0-shard-00-00.ab1cd.mongodb.net:27017"] }],
    ["refusals", MIGRATION, { state: { ...IDLE, isSharedTier: true } }],
    [
      "addresses",
      MIGRATION,
      {
        network: {
          ...LOCAL_NETWORK,
          hosts: [{ host: "c0.ab1cd.mongodbgov.net:27017", scope: "public" }],
        },
      },
    ],
  ])(
    "does not take an old release of Atlas, known by its %s, for one without search",
    (_, migration, server) => {
      const facts = factsWith("stage-unknown", { version: "6.0.5", ...server });
      expect(checkRule(searchIndexes, migration, facts)).toEqual([
        "warning: could not be decided: whether the collections of source have search indexes, which are not migrated; 6.0.5 cannot list them",
      ]);
    },
  );

  it("knows that old releases elsewhere have no search", () => {
    const near = { hosts: ["db.mongodb.net.example.com:27017"] };
    for (const server of [{}, near]) {
      expect(checkRule(searchIndexes, MIGRATION, factsWith("stage-unknown", server))).toEqual([]);
    }
  });

  it("asks nothing of what is kept", () => {
    const keep = sampleMigration([
      selection("shop", { collections: [entry("a", { onExisting: "keep" })] }),
    ]);
    const { sourceCollections, ...facts } = factsWith(null);
    const kept = { ...facts, sourceCollections, destinationCollections: sourceCollections };
    expect(checkRule(searchIndexes, keep, kept)).toEqual([]);
  });
});
