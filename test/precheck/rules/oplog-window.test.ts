import { describe, expect, it } from "vitest";
import type { OplogFacts } from "../../../src/model/server-state.ts";
import { oplogWindow } from "../../../src/precheck/rules/oplog-window.ts";
import { runPrecheck } from "../../../src/precheck/run-precheck.ts";
import {
  collectionFacts,
  factsOf,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { IDLE } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

const MIB = 1024 ** 2;
const HOUR_MS = 3_600_000;
const objects = [selection("shop")];
const following = sampleMigration(objects, { mode: "full-and-incremental", journal: "never" });
/** An hour at 40 MiB/s. */
const orders = collectionFacts("shop.orders", { dataBytes: 144_000 * MIB, indexBytes: 0 });

function factsWith(oplog: OplogFacts | null) {
  return factsOf([orders], [], { source: reachable("a", { state: { ...IDLE, oplog } }) });
}

function checkWindow(hours: number, size: OplogFacts["size"] = null): readonly string[] {
  return checkRule(oplogWindow, following, factsWith({ windowMs: hours * HOUR_MS, size }));
}

describe("oplogWindow", () => {
  it("wants four times the estimate, and at least once", () => {
    expect(checkWindow(4.1)).toEqual([]);
    expect(checkWindow(3)).toEqual([
      "warning: the oplog of a reaches back 3 h, the copy takes about 1 h: 4 times that would be safe",
    ]);
    expect(checkWindow(0.5)).toEqual([
      "failed: the oplog of a reaches back 30 min, the copy takes about 1 h: the changes since its beginning are gone before it ends",
    ]);
  });

  it("reckons how far an oplog that is not full yet will reach", () => {
    const young = { usedBytes: 10 * MIB, maxBytes: 100 * MIB };
    expect(checkWindow(0.5, young)).toEqual([]);
    expect(checkWindow(0.3, young)).toHaveLength(1);
    expect(checkWindow(3.9, { usedBytes: 95 * MIB, maxBytes: 100 * MIB })).toHaveLength(1);
  });

  it("lets a copy take as long as it needs where changes are kept meanwhile", () => {
    const kept = sampleMigration(objects, { mode: "full-and-incremental" });
    expect(checkRule(oplogWindow, kept, factsWith({ windowMs: 1, size: null }))).toEqual([]);
  });

  it("warns where a full oplog does not outlast the time between two slices several times", () => {
    const kept = sampleMigration(objects, { mode: "full-and-incremental" });
    const full = { usedBytes: 95 * MIB, maxBytes: 100 * MIB };
    const check = (hours: number, size: OplogFacts["size"]): readonly string[] =>
      checkRule(oplogWindow, kept, factsWith({ windowMs: hours * HOUR_MS, size }));
    expect(check(0.5, full)).toEqual([
      "warning: the oplog of a reaches back 30 min: where a slice of a CI job dies, the next one may begin 1 h later, and what has changed since may be gone",
    ]);
    expect(check(4, full)).toEqual([]);
    expect(check(0.5, { ...full, usedBytes: MIB })).toEqual([]);
  });

  it("takes the oplog of a deployment that has only just begun", () => {
    const size = { usedBytes: 0.01 * MIB, maxBytes: 1_000 * MIB };
    expect(checkWindow(0, size)).toEqual([]);
    expect(checkWindow(0, { ...size, usedBytes: 1_000 * MIB })).toHaveLength(1);
  });

  it("does not decide what the account may not read", () => {
    expect(checkRule(oplogWindow, following, factsWith(null))).toEqual([
      "warning: could not be decided: the account may not read how far the oplog of a reaches back; the copy takes about 1 h",
    ]);
  });

  it("does not matter to a full migration, which says what it knows", () => {
    const full = sampleMigration(objects);
    expect(checkRule(oplogWindow, full, factsWith(null))).toEqual([]);
    const findings = runPrecheck(full, factsWith({ windowMs: HOUR_MS, size: null }));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: "oplog-window",
        message: "a full migration does not read the oplog; the oplog reaches back 1 h",
      }),
    );
  });
});
