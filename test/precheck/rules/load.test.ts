import { describe, expect, it } from "vitest";
import type { LoadFacts } from "../../../src/model/server-state.ts";
import { load } from "../../../src/precheck/rules/load.ts";
import { factsOf, reachable, sampleMigration } from "../../support/sample-facts.ts";
import { IDLE, SILENT } from "../../support/server-states.ts";
import { checkRule, objectionsOf } from "../check-rule.ts";

function factsWith(changes: Partial<LoadFacts>) {
  const state = { ...IDLE, load: { ...IDLE.load!, ...changes } };
  return factsOf([], [], { destination: reachable("b", { state }) });
}

describe("load", () => {
  it.each<[string, Partial<LoadFacts>, Partial<LoadFacts>]>([
    [
      "has 95 % of its cache in use, so that operations wait for eviction",
      { cache: { usedShare: 0.95, dirtyShare: 0 } },
      { cache: { usedShare: 0.94, dirtyShare: 0 } },
    ],
    [
      "has 20 % of its cache unwritten: its disk does not keep up",
      { cache: { usedShare: 0.5, dirtyShare: 0.2 } },
      { cache: { usedShare: 0.5, dirtyShare: 0.19 } },
    ],
    ["has 20 operations waiting for a lock", { queuedOperations: 20 }, { queuedOperations: 19 }],
    [
      "has no ticket of its storage engine left for writes",
      { tickets: { read: 1, write: 0 } },
      { tickets: { read: 1, write: 1 } },
    ],
    [
      "has no ticket of its storage engine left for reads",
      { tickets: { read: 0, write: 1 } },
      { cache: null, tickets: null },
    ],
  ])("warns of a server that %s", (pressure, pressed, eased) => {
    expect(checkRule(load, sampleMigration([]), factsWith(pressed))).toEqual([
      `warning: b ${pressure}`,
    ]);
    expect(checkRule(load, sampleMigration([]), factsWith(eased))).toEqual([]);
  });

  it("advises an off-peak hour", () => {
    const [objection] = objectionsOf(
      load,
      sampleMigration([]),
      factsWith({ queuedOperations: 99 }),
    );
    expect(objection?.remedy).toContain("off-peak");
  });

  it("does not decide where the server does not say", () => {
    const facts = factsOf([], [], { source: reachable("a", { state: SILENT }) });
    const expected = ["warning: could not be decided: a does not tell its load (serverStatus)"];
    expect(checkRule(load, sampleMigration([]), facts)).toEqual(expected);
    expect(
      checkRule(load, sampleMigration([]), factsWith({ cache: null, queuedOperations: null })),
    ).toHaveLength(1);
  });
});
