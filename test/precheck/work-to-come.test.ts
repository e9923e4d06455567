import { describe, expect, it } from "vitest";
import type { CollectionFacts } from "../../src/model/facts.ts";
import type { OnExisting } from "../../src/model/migration.ts";
import { type SelectedObject, selectObjects } from "../../src/model/select-objects.ts";
import { growthBytes, isToCopy, sizeToCopy } from "../../src/precheck/work-to-come.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

const orders = collectionFacts("shop.orders", { dataBytes: 900, indexBytes: 100 });
const there = collectionFacts("shop.orders", { dataBytes: 300, indexBytes: 0 });

function objectOf(
  onExisting: OnExisting,
  destination: readonly CollectionFacts[],
  owned: { readonly isComplete: boolean } | null = null,
): SelectedObject {
  const collections = [entry("orders", { onExisting })];
  const ownedTargets =
    owned === null
      ? []
      : [ownedTarget(orders, "shop.orders", { targetUuid: there.uuid, ...owned })];
  const { objects } = selectObjects(
    sampleMigration([selection("shop", { collections })]),
    factsOf([orders], destination, { ownedTargets }),
  );
  return objects[0]!;
}

describe("growthBytes", () => {
  it.each<[string, SelectedObject, boolean, number]>([
    ["a free name", objectOf("refuse", []), true, 1_000],
    ["a target that is refused", objectOf("refuse", [there]), false, 0],
    ["a target that is kept", objectOf("keep", [there]), false, 0],
    ["a target that is replaced", objectOf("replace", [there]), true, 700],
    ["an unfinished copy", objectOf("refuse", [there], { isComplete: false }), true, 700],
    ["a complete copy", objectOf("refuse", [there], { isComplete: true }), false, 0],
  ])("knows %s", (_, object, isCopied, growth) => {
    expect(isToCopy(object)).toBe(isCopied);
    expect(growthBytes(object)).toBe(growth);
    expect(sizeToCopy(object).dataBytes).toBe(isCopied ? 900 : 0);
  });

  it("counts no views", () => {
    const facts = factsOf([orders, viewFacts("shop.all", "orders")]);
    const { objects } = selectObjects(sampleMigration([selection("shop")]), facts);
    expect(objects.map(isToCopy)).toEqual([false, true]);
  });
});
