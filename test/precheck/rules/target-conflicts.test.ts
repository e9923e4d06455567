import { describe, expect, it } from "vitest";
import type { CollectionFacts, Facts } from "../../../src/model/facts.ts";
import { targetConflicts } from "../../../src/precheck/rules/target-conflicts.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../../support/sample-facts.ts";
import { checkRule, objectionsOf } from "../check-rule.ts";

const source = collectionFacts("shop.orders");
const refusing = sampleMigration([selection("shop", { collections: [entry("orders")] })]);
const replacing = sampleMigration([
  selection("shop", { collections: [entry("orders", { onExisting: "replace" })] }),
]);

function having(
  standing: CollectionFacts,
  changes: Partial<Facts> = {},
  from: CollectionFacts = source,
): Facts {
  return factsOf([from], [standing], changes);
}

/** The migration's own copy, with this filter. */
function copied(filter: string | null): Facts {
  const orders = collectionFacts("shop.orders");
  return having(orders, {
    ownedTargets: [ownedTarget(orders, "shop.orders", { isComplete: true, filter })],
  });
}

describe("targetConflicts", () => {
  it("passes free names", () => {
    const facts = having(collectionFacts("shop.carts"));
    expect(checkRule(targetConflicts, refusing, facts)).toEqual([]);
  });

  it("I8 refuses what exists and is not named as replaceable, also when it is empty", () => {
    const one = having(collectionFacts("shop.orders", { documentCount: 1 }));
    expect(checkRule(targetConflicts, refusing, one)).toEqual([
      "failed: shop.orders exists at the destination (1 document)",
    ]);
    const empty = having(collectionFacts("shop.orders", { documentCount: 0 }));
    expect(checkRule(targetConflicts, refusing, empty)).toEqual([
      "failed: shop.orders exists at the destination (0 documents)",
    ]);
  });

  it("warns about what will be replaced", () => {
    const facts = having(collectionFacts("shop.orders", { documentCount: 1_204 }));
    expect(checkRule(targetConflicts, replacing, facts)).toEqual([
      "warning: shop.orders exists (1,204 documents, 1,000 B, 1 index) and will be replaced",
    ]);
  });

  it("warns about what will be kept, of whatever kind it is", () => {
    const keeping = sampleMigration([
      selection("shop", { collections: [entry("orders", { onExisting: "keep" })] }),
    ]);
    const facts = having(collectionFacts("shop.orders", { documentCount: 1_204 }));
    expect(checkRule(targetConflicts, keeping, facts)).toEqual([
      "warning: shop.orders exists (1,204 documents, 1,000 B, 1 index) and is kept as it is: nothing is copied to it, and no index is made",
    ]);
    expect(checkRule(targetConflicts, keeping, having(viewFacts("shop.orders", "a")))).toEqual([
      "warning: shop.orders exists (a view) and is kept as it is: nothing is copied to it, and no index is made",
    ]);
  });

  it("refuses functions where there are some, and says how to go on", () => {
    const functions = collectionFacts("shop.system.js");
    const facts = factsOf([functions], [collectionFacts("shop.system.js", { documentCount: 2 })]);
    const [objection] = objectionsOf(targetConflicts, sampleMigration([selection("shop")]), facts);
    expect(objection?.level).toBe("failed");
    expect(objection?.message).toBe(
      "shop has stored functions at the destination already (system.js, 2 documents)",
    );
    expect(objection?.remedy).toContain("functions: false");
  });

  it("refuses a copy that it has made with another filter, and says so", () => {
    expect(checkRule(targetConflicts, refusing, copied('{"x":1}'))).toEqual([
      "failed: shop.orders exists at the destination (10 documents, which this migration has copied with another filter)",
    ]);
    expect(checkRule(targetConflicts, refusing, copied(null))).toEqual([]);
  });

  it("refuses a copy that it has made of another source, and says of which", () => {
    const facts = having(collectionFacts("shop.orders"), {
      ownedTargets: [ownedTarget(collectionFacts("shop.carts"), "shop.orders")],
    });
    expect(checkRule(targetConflicts, refusing, facts)).toEqual([
      "failed: shop.orders exists at the destination (10 documents, which this migration has copied from shop.carts)",
    ]);
  });

  it("leads nobody to drop what an earlier run has made, as behind a cutover", () => {
    const facts = having(collectionFacts("shop.orders"), {
      ownedTargets: [ownedTarget(collectionFacts("shop.carts"), "shop.orders")],
    });
    const [objection] = objectionsOf(targetConflicts, refusing, facts);
    expect(objection?.remedy).toMatch(/^It may be in use by now\./u);
  });

  it("calls a view a view", () => {
    const facts = having(viewFacts("shop.orders", "a"), {}, viewFacts("shop.orders", "b"));
    expect(checkRule(targetConflicts, refusing, facts)).toEqual([
      "failed: shop.orders exists at the destination (a view)",
    ]);
    expect(checkRule(targetConflicts, replacing, facts)).toEqual([
      "warning: shop.orders exists (a view) and will be replaced",
    ]);
  });

  it.each([
    [viewFacts("shop.orders", "raw"), "a view"],
    [collectionFacts("shop.orders", { kind: "timeseries" }), "a time-series collection"],
  ])("never replaces another kind of object: %#", (standing, what) => {
    const facts = having(standing);
    expect(checkRule(targetConflicts, replacing, facts)).toEqual([
      `failed: shop.orders exists at the destination (${what})`,
    ]);
    const [objection] = objectionsOf(targetConflicts, replacing, facts);
    expect(objection?.remedy).not.toContain("onExisting");
  });

  it("passes its own work, but not what has taken its place", () => {
    const facts = having(collectionFacts("shop.orders"), {
      ownedTargets: [ownedTarget(source, "shop.orders")],
    });
    expect(checkRule(targetConflicts, refusing, facts)).toEqual([]);
    const recreated = having(collectionFacts("shop.orders", { uuid: "another" }), {
      ownedTargets: facts.ownedTargets,
    });
    expect(checkRule(targetConflicts, refusing, recreated)).toHaveLength(1);
  });

  it("leaves functions that are there alone, and says how to get on", () => {
    const functions = collectionFacts("shop.system.js");
    const migration = sampleMigration([selection("shop", { collections: [], functions: true })]);
    const taken = having(collectionFacts("shop.system.js", { documentCount: 2 }), {}, functions);
    const [objection] = objectionsOf(targetConflicts, migration, taken);
    expect(objection?.message).toContain("stored functions at the destination already");
    expect(objection?.remedy).toContain("functions: false");
    const emptied = having(collectionFacts("shop.system.js", { documentCount: 0 }), {}, functions);
    expect(checkRule(targetConflicts, migration, emptied)).toEqual([]);
  });
});
