import { describe, expect, it } from "vitest";
import type { ClockFacts } from "../../../src/model/server-state.ts";
import { clock } from "../../../src/precheck/rules/clock.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { IDLE } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

function check(facts: ClockFacts | null): readonly string[] {
  const source = reachable("a", { state: { ...IDLE, clock: facts } });
  return checkRule(clock, sampleMigration([]), factsOf([], [], { source }));
}

describe("clock", () => {
  it("allows for the time the question takes", () => {
    expect(check({ aheadMs: 4_999, uncertaintyMs: 0 })).toEqual([]);
    expect(check({ aheadMs: -6_000, uncertaintyMs: 1_500 })).toEqual([]);
  });

  it("warns of seconds, and more loudly of minutes", () => {
    expect(check({ aheadMs: 7_000, uncertaintyMs: 1_000 })).toEqual([
      "warning: the runner's clock is 6.0 s behind a's: times in the history are off by that much",
    ]);
    expect(check({ aheadMs: -120_000, uncertaintyMs: 0 })).toEqual([
      "warning: the runner's clock is 2 min ahead of a's: TLS certificates and access tokens may be refused, and times in the history mislead",
    ]);
  });

  it("does not decide without an answer", () => {
    expect(check(null)).toEqual(["warning: could not be decided: a did not tell its time"]);
  });
});
