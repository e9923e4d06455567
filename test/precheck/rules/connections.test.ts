import { describe, expect, it } from "vitest";
import { connections } from "../../../src/precheck/rules/connections.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { IDLE, SILENT } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

/** Four workers need 22 connections. */
function check(available: number | null): readonly string[] {
  const state =
    available === null
      ? SILENT
      : { ...IDLE, load: { ...IDLE.load!, connections: { current: 3, available } } };
  return checkRule(
    connections,
    sampleMigration([]),
    factsOf([], [], { source: reachable("a", { state }) }),
  );
}

describe("connections", () => {
  it("wants as many again for the applications", () => {
    expect(check(44)).toEqual([]);
    expect(check(43)).toEqual([
      "warning: a has 43 free connections; the copy takes up to 22, and applications need theirs",
    ]);
    expect(check(21)).toEqual([
      "failed: a has 21 free connections; the copy takes up to 22, and applications need theirs",
    ]);
  });

  it("does not decide where the server does not say", () => {
    expect(check(null)).toEqual([
      "warning: could not be decided: a does not say how many connections are free (serverStatus)",
    ]);
  });
});
