import { describe, expect, it } from "vitest";
import type { ServerFacts } from "../../../src/model/facts.ts";
import { sameDeployment } from "../../../src/precheck/rules/same-deployment.ts";
import { factsOf, reachable, sampleMigration, unreachable } from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const SAME = ["failed: a and b are the same deployment"];

function check(source: Partial<ServerFacts>, destination: Partial<ServerFacts>) {
  const ends = { source: reachable("a", source), destination: reachable("b", destination) };
  return checkRule(sameDeployment, sampleMigration([]), factsOf([], [], ends));
}

describe("sameDeployment", () => {
  it("tells two deployments apart, also of one name or on one host", () => {
    expect(check({ processId: "1" }, { processId: "2", hosts: ["other:27017"] })).toEqual([]);
    expect(check({ hosts: ["x:1"] }, { hosts: ["y:1"] })).toEqual([]);
    expect(check({ replicaSet: "rs0" }, { replicaSet: "rs1" })).toEqual([]);
    expect(check({ replicaSet: null }, { replicaSet: null })).toEqual([]);
  });

  it("knows one process under two addresses", () => {
    const byName = { processId: "1", hosts: ["x:1"], replicaSet: null };
    const byAddress = { processId: "1", hosts: ["10.0.0.1:1"], replicaSet: null };
    expect(check(byName, byAddress)).toEqual(SAME);
  });

  it("knows one set by a member in common, where processes have no identity", () => {
    expect(check({ hosts: ["x:1", "y:1"] }, { hosts: ["y:1", "z:1"] })).toEqual(SAME);
  });

  it("says nothing while an end is unknown", () => {
    const facts = factsOf([], [], { source: unreachable("a") });
    expect(checkRule(sameDeployment, sampleMigration([]), facts)).toEqual([]);
  });
});
