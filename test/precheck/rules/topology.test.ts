import { describe, expect, it } from "vitest";
import { topology } from "../../../src/precheck/rules/topology.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
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
      "failed: b is a sharded cluster, which this version does not migrate",
    ]);
  });
});
