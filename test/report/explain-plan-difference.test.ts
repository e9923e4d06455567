import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlanAction } from "../../src/model/plan.ts";
import { explainPlanDifference } from "../../src/report/explain-plan-difference.ts";
import { actionToJson } from "../../src/report/plan-json.ts";
import { createCollection, createIndex, createView, exact, samplePlan } from "./sample-plan.ts";

function explain(
  approved: readonly PlanAction[],
  current: readonly PlanAction[],
): readonly string[] {
  return explainPlanDifference(approved.map(actionToJson), current.map(actionToJson));
}

const orders = createCollection("shop.orders", "store.orders");

describe("explainPlanDifference", () => {
  it("names what was added and removed", () => {
    const index = createIndex("shop.a", "store.a", "x_1", exact());
    const before = [orders, createView("shop.v", "store.v")];
    const after = [
      orders,
      index,
      createCollection("shop.a", "store.a", { kind: "replace-collection" }),
    ];
    expect(explain(before, after)).toEqual([
      "+ index x_1 of store.a is new",
      "+ collection store.a is new, and overwrites what is at the destination",
      "- view store.v is not planned any more (gone from the source, or no longer selected)",
    ]);
  });

  it("says that something stands at the destination now, or no longer does", () => {
    const replaced = { ...orders, kind: "replace-collection" } as const;
    expect(explain([orders], [replaced])).toEqual([
      "~ collection store.orders: overwrites what is at the destination now; it was to be created",
    ]);
    expect(explain([replaced], [orders])).toEqual([
      "~ collection store.orders: is created; it was to overwrite what was at the destination",
    ]);
  });

  it("compares options and index properties field by field", () => {
    const before = createIndex("a.b", "a.b", "x", exact(["name", "x"], ["sparse", true], ["n", 1]));
    const after = createIndex("a.b", "a.b", "x", exact(["name", "x"], ["unique", true], ["n", 2]));
    expect(explain([before], [after])).toEqual([
      "~ index x of a.b: sparse is not set, was true",
      '~ index x of a.b: n is {"$numberInt":"2"}, was {"$numberInt":"1"}',
      "~ index x of a.b: unique is true, was not set",
    ]);
  });

  it("sees a difference in the order of fields", () => {
    const before = createView("a.v", "a.v");
    const first = { ...before, options: exact(["10", 1], ["2", 1]) };
    const second = { ...before, options: exact(["2", 1], ["10", 1]) };
    expect(explain([first], [second])).toEqual(["~ view a.v: the order of fields differs"]);
  });

  it("says where an object comes from now", () => {
    const moved = createCollection("shop.orders_2", "store.orders");
    expect(explain([orders], [moved])).toEqual([
      "~ collection store.orders: comes from shop.orders_2, not from shop.orders",
    ]);
  });

  it("says which documents are wanted now", () => {
    const some = { ...orders, filter: '{"a": 1}' };
    expect(explain([orders], [some])).toEqual([
      '~ collection store.orders: the filter is {"a": 1}, was not set',
    ]);
  });

  it("points at the spec where the objects are the same, whatever their sizes", () => {
    const grown = { ...orders, documentCount: 9, dataBytes: 9, sourceUuid: "other" };
    expect(explain([orders], [grown])).toEqual([
      "The objects are the same; the migration's spec or a connection it names has changed",
    ]);
  });

  it("shortens long values and long lists, and escapes names", () => {
    const long = createView("a.v", "a.\u001bv");
    const before = { ...long, options: exact(["pipeline", "x".repeat(500)]) };
    const [line = ""] = explain([before], [long]);
    expect(line).toContain(String.raw`~ view a.\u001bv: pipeline is not set, was "xxx`);
    expect(line.length).toBeLessThan(200);

    const many = Array.from({ length: 30 }, (_, i) => createCollection(`a.c${i}`, `a.c${i}`));
    const lines = explain([], many);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("… and 10 more");
  });

  it("explains any two plans, and nothing but the spec for equal ones", () => {
    const { actions } = samplePlan();
    fc.assert(
      fc.property(fc.subarray([...actions]), fc.subarray([...actions]), (before, after) => {
        const lines = explain(before, after);
        const isSame = before.length === after.length && before.every((a) => after.includes(a));
        expect(lines[0]?.startsWith("The objects are the same")).toBe(isSame);
      }),
    );
  });
});
