import { describe, expect, it } from "vitest";
import { desiredMode } from "../../../src/precheck/rules/desired-mode.ts";
import { factsOf, sampleMigration } from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

describe("desiredMode", () => {
  it.each(["full", "full-and-incremental"] as const)("passes mode %s", (mode) => {
    for (const desiredState of ["running", "paused", "stopped"] as const) {
      const migration = sampleMigration([], { mode, desiredState });
      expect(checkRule(desiredMode, migration, factsOf([]))).toEqual([]);
    }
  });

  it("refuses to cut over where no changes are followed", () => {
    const migration = sampleMigration([], { mode: "full", desiredState: "cutover" });
    expect(checkRule(desiredMode, migration, factsOf([]))).toEqual([
      "failed: desiredState cutover: a full migration ends by itself and has no cutover",
    ]);
    const followed = sampleMigration([], { mode: "full-and-incremental", desiredState: "cutover" });
    expect(checkRule(desiredMode, followed, factsOf([]))).toEqual([]);
  });
});
