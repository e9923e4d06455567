import { describe, expect, it } from "vitest";
import { topology } from "../../../src/precheck/rules/topology.ts";
import {
  collectionFacts,
  factsOf,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { PLAIN_LIMITS } from "../../support/plain-limits.ts";
import { checkRule } from "../check-rule.ts";

describe("topology", () => {
  it("passes replica sets", () => {
    expect(checkRule(topology, sampleMigration([]), factsOf([]))).toEqual([]);
  });

  it("refuses standalone servers and sharded clusters, at either end", () => {
    const facts = factsOf([], [], {
      source: reachable("a", { topology: "standalone" }),
      destination: reachable("b", { topology: "sharded" }),
    });
    expect(checkRule(topology, sampleMigration([]), facts)).toEqual([
      "failed: a is a standalone server, which has no history to read consistently from",
      "failed: b is a sharded cluster, which this version does not write to",
    ]);
  });

  it("reads the unsharded collections of a sharded cluster, and names the others", () => {
    const collections = [
      collectionFacts("shop.orders"),
      collectionFacts("shop.spread", { isSharded: true }),
      collectionFacts("shop.weather", { kind: "timeseries" }),
      collectionFacts("other.spread", { isSharded: true }),
    ];
    const facts = factsOf(collections, [], { source: reachable("a", { topology: "sharded" }) });
    expect(checkRule(topology, sampleMigration([selection("shop")]), facts)).toEqual([
      "warning: a is a sharded cluster: only its unsharded collections can be migrated, and reading them through a router has not been tried",
      "failed: shop.spread is sharded, which this version does not migrate",
      "failed: shop.weather is a time-series collection of a sharded cluster, whose buckets have not been tried through a router",
    ]);
  });

  it("warns where documents are to be read from a secondary and there is none", () => {
    const limits = { ...PLAIN_LIMITS, readFrom: "secondary" as const };
    const migration = sampleMigration([], { limits });
    expect(checkRule(topology, migration, factsOf([]))).toEqual([
      "warning: limits.readFrom is secondary, and source has none that clients could use: documents are read from its primary",
    ]);
    const source = reachable("source", { hosts: ["a:27017", "b:27017"] });
    expect(checkRule(topology, migration, factsOf([], [], { source }))).toEqual([]);
  });

  it("does not follow the changes of a sharded cluster", () => {
    const facts = factsOf([], [], { source: reachable("a", { topology: "sharded" }) });
    const following = sampleMigration([], { mode: "full-and-incremental" });
    expect(checkRule(topology, following, facts)).toEqual([
      "failed: a is a sharded cluster: following changes through a router has not been tried",
      expect.stringMatching(/^warning: a is a sharded cluster/),
    ]);
    expect(checkRule(topology, following, factsOf([]))).toEqual([]);
  });
});
