import { describe, expect, it } from "vitest";
import { desiredMode } from "../../../src/precheck/rules/desired-mode.ts";
import { factsOf, sampleMigration } from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

describe("desiredMode", () => {
  it.each(["running", "paused", "stopped"] as const)("passes a full migration, %s", (state) => {
    const migration = sampleMigration([], { desiredState: state });
    expect(checkRule(desiredMode, migration, factsOf([]))).toEqual([]);
  });

  it("refuses what this version does not do", () => {
    const migration = sampleMigration([], {
      mode: "full-and-incremental",
      desiredState: "cutover",
    });
    expect(checkRule(desiredMode, migration, factsOf([]))).toEqual([
      "failed: mode full-and-incremental: this version copies, but does not follow the source's changes",
      "failed: desiredState cutover: a full migration ends by itself and has no cutover",
    ]);
  });
});
