import { describe, expect, it } from "vitest";
import { haveOtherTraits, mapTargets } from "../../src/apply/applied-targets.ts";
import type { AppliedTarget } from "../../src/apply/apply-window.ts";
import type { CollectionFacts } from "../../src/model/facts.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import type { CollectionRecord } from "../../src/ports.ts";
import { exact, namespace } from "../report/sample-plan.ts";
import {
  collectionFacts,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
} from "../support/sample-facts.ts";

const orders = collectionFacts("shop.orders");

function recordOf(source: CollectionFacts, changes: Partial<CollectionRecord> = {}) {
  const owned = ownedTarget(source, source.namespace.db + "." + source.namespace.coll);
  const rest = { state: "done", isComplete: true, partitionCount: 1, runSeq: 1, indexes: [] };
  return { ...owned, ...rest, viewDigest: null, ...changes } as CollectionRecord;
}

function map(sources: readonly CollectionFacts[], records: readonly CollectionRecord[]) {
  const migration = sampleMigration([selection("shop")], { mode: "full-and-incremental" });
  return mapTargets(selectObjects(migration, factsOf(sources)).objects, records);
}

function target(changes: Partial<AppliedTarget>): ReadonlyMap<string, readonly AppliedTarget[]> {
  const plain = {
    namespace: namespace("shop.orders"),
    hasValidator: false,
    deletesByItself: false,
    isCollated: false,
    filter: null,
  };
  return new Map([["a", [{ ...plain, ...changes }]]]);
}

describe("mapTargets", () => {
  it("has finished copies by the UUID of their source, with what decides how they are written", () => {
    const record = recordOf(orders);
    expect(map([orders], [record])).toEqual(
      new Map([
        [
          orders.uuid,
          [
            {
              namespace: orders.namespace,
              uuid: record.targetUuid,
              hasValidator: false,
              isOrdered: false,
              isCollated: false,
              deletesByItself: false,
              filter: null,
            },
          ],
        ],
      ]),
    );
    const options = exact(["validator", new Map()], ["capped", true], ["collation", new Map()]);
    expect(map([{ ...orders, options }], [record]).get(orders.uuid ?? "")).toMatchObject([
      { hasValidator: true, isOrdered: true, isCollated: true },
    ]);
  });

  it("I8 leaves out what is not finished, not known by UUID, or a copy of what had the name before", () => {
    expect(map([orders], [recordOf(orders, { state: "copying" })])).toEqual(new Map());
    expect(map([orders], [recordOf(orders, { targetUuid: null })])).toEqual(new Map());
    expect(map([{ ...orders, uuid: "anew" }], [recordOf(orders)])).toEqual(new Map());
    expect(map([], [recordOf(orders)])).toEqual(new Map());
  });
});

describe("haveOtherTraits", () => {
  it("tells of a filter or a collation that was not there before", () => {
    expect(haveOtherTraits(target({}), target({}))).toBe(false);
    expect(haveOtherTraits(target({}), target({ filter: "{}" }))).toBe(true);
    expect(haveOtherTraits(target({}), target({ isCollated: true }))).toBe(true);
    expect(haveOtherTraits(new Map(), target({ isCollated: true }))).toBe(true);
    expect(haveOtherTraits(target({ isCollated: true }), target({}))).toBe(false);
    expect(haveOtherTraits(target({}), target({ hasValidator: true }))).toBe(false);
  });
});
