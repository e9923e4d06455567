import { describe, expect, it } from "vitest";
import { connectivity } from "../../../src/precheck/rules/connectivity.ts";
import { factsOf, sampleMigration, unreachable } from "../../support/sample-facts.ts";
import { checkRule, objectionsOf } from "../check-rule.ts";

describe("connectivity", () => {
  it("passes when both ends answered", () => {
    expect(checkRule(connectivity, sampleMigration([]), factsOf([]))).toEqual([]);
  });

  it("names each end that did not, the step, the cause and its stable word", () => {
    const facts = factsOf([], [], {
      source: unreachable("atlas"),
      destination: unreachable("apsaradb"),
    });
    expect(checkRule(connectivity, sampleMigration([]), facts)).toEqual([
      "failed: atlas: tcp: db:27017 refused the connection (port-closed)",
      "failed: apsaradb: tcp: db:27017 refused the connection (port-closed)",
    ]);
    const remedies = objectionsOf(connectivity, sampleMigration([]), facts).map((o) => o.remedy);
    expect(remedies).toEqual(["Start the server", "Start the server"]);
  });
});
