import { describe, expect, it } from "vitest";
import type { ReverseOrigin } from "../../../src/model/facts.ts";
import { reverse } from "../../../src/precheck/rules/reverse.ts";
import { namespace } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const BACK = sampleMigration([], {
  mode: "full-and-incremental",
  reverse: { of: "shop", metadataDatabase: "mongoferry" },
});
const WELL: ReverseOrigin = {
  phase: "Completed",
  since: { seconds: 100, increment: 1 },
  oldest: { seconds: 50, increment: 1 },
  moved: [{ source: namespace("store.orders"), target: namespace("shop.orders") }],
  isDestinationBlocked: false,
  isUnderWay: false,
};

function check(changes: Partial<ReverseOrigin>): readonly string[] {
  return checkRule(reverse, BACK, factsOf([], [], { origin: { ...WELL, ...changes } }));
}

function movedFrom(coll: string) {
  const moved = [{ source: namespace("store.a"), target: namespace("shop.b") }];
  return factsOf([collectionFacts(`store.${coll}`)], [], { origin: { ...WELL, moved } });
}

describe("reverse", () => {
  it("asks nothing of other migrations, and lets one pass that is under way", () => {
    expect(checkRule(reverse, sampleMigration([]), factsOf([]))).toEqual([]);
    expect(check({})).toEqual([]);
    expect(check({ isUnderWay: true, phase: null, since: null })).toEqual([]);
  });

  it("refuses names that the mapping turned around does not lead back to", () => {
    const back = { ...BACK, objects: [selection("store", { as: "shop" })] };
    expect(checkRule(reverse, back, movedFrom("orders"))).toEqual([]);
    expect(checkRule(reverse, back, movedFrom("a"))).toEqual([
      expect.stringContaining(
        "store.a came from shop.b, and the mapping turned around leads to shop.a",
      ),
    ]);
  });

  it.each([
    [{ phase: null, since: null }, "failed: shop has not run; the way back begins"],
    [{ phase: "Streaming", since: null }, "failed: shop is Streaming"],
    [{ phase: "Completed", since: null }, "failed: shop is Completed"],
    [{ oldest: { seconds: 101, increment: 1 } }, "failed: the source does not keep its changes"],
    [{ oldest: null }, "warning: could not be decided: whether the source still has"],
    [{ isDestinationBlocked: true }, "refuses the writes of its users"],
  ] as const)("judges %j", (changes, expected) => {
    expect(check(changes)).toEqual([expect.stringContaining(expected)]);
  });
});
