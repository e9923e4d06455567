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

  it.each([
    ["full", "a full migration ends by itself and has no cutover"],
    ["full-and-incremental", "this version follows the source's changes, but cannot cut over yet"],
  ] as const)("refuses to cut over in mode %s", (mode, reason) => {
    const migration = sampleMigration([], { mode, desiredState: "cutover" });
    expect(checkRule(desiredMode, migration, factsOf([]))).toEqual([
      `failed: desiredState cutover: ${reason}`,
    ]);
  });
});
