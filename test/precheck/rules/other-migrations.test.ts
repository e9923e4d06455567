import { describe, expect, it } from "vitest";
import type { ForeignTarget } from "../../../src/model/facts.ts";
import type { OnExisting } from "../../../src/model/migration.ts";
import { otherMigrations } from "../../../src/precheck/rules/other-migrations.ts";
import { namespace } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const orders = collectionFacts("shop.orders");
const there = collectionFacts("store.orders");

function check(
  foreign: Omit<ForeignTarget, "migration">,
  onExisting: OnExisting = "refuse",
  changes: Parameters<typeof factsOf>[2] = {},
): readonly string[] {
  const collections = [entry("orders", { onExisting })];
  return checkRule(
    otherMigrations,
    sampleMigration([selection("shop", { as: "store", collections })]),
    factsOf([orders], [there], {
      foreignTargets: [{ migration: "other", ...foreign }],
      ...changes,
    }),
  );
}

describe("otherMigrations", () => {
  it.each(["refuse", "replace"] as const)("refuses a target that is being written (%s)", (on) => {
    expect(check({ target: namespace("store.orders"), isEnded: false }, on)).toEqual([
      "failed: the migration other writes to store.orders and has not ended",
    ]);
  });

  it("goes by names at the destination, and leaves alone what is kept", () => {
    expect(check({ target: namespace("store.orders"), isEnded: false }, "keep")).toEqual([]);
    expect(check({ target: namespace("shop.orders"), isEnded: false })).toEqual([]);
  });

  it("warns before what an ended migration has made is replaced, and then only", () => {
    const ended = { target: namespace("store.orders"), isEnded: true };
    expect(check(ended, "replace")).toEqual([
      "warning: store.orders, which is replaced, was made by the migration other",
    ]);
    expect(check(ended)).toEqual([]);
    const ownedTargets = [ownedTarget(orders, "store.orders")];
    expect(check(ended, "replace", { ownedTargets })).toEqual([]);
  });
});
