import { describe, expect, it } from "vitest";
import {
  countActions,
  groupByTarget,
  judgePlan,
  listDestroyed,
  summarizePlan,
} from "../../src/report/plan-summary.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import {
  createCollection,
  createIndex,
  emptyPlan,
  exact,
  namespace,
  samplePlan,
} from "./sample-plan.ts";

describe("groupByTarget", () => {
  it("puts indexes with their collection, also where they are sorted before it", () => {
    const groups = groupByTarget(samplePlan().actions);
    const shown = groups.map(({ target, object, indexes }) => [
      formatNamespace(target),
      object?.kind ?? null,
      indexes.map(({ index }) => index),
    ]);
    expect(shown).toEqual([
      ["store.customers", "create-collection", ["email_1"]],
      ["shop.log", "create-collection", []],
      ["store.orders_v2", "replace-collection", ["at_1"]],
      ["store.open", "create-view", []],
      ["store.recent", "replace-view", []],
    ]);
  });

  it("has no object where only indexes are added", () => {
    const index = createIndex("a.b", "a.b", "x_1", exact());
    expect(groupByTarget([index])).toEqual([
      { source: namespace("a.b"), target: namespace("a.b"), object: null, indexes: [index] },
    ]);
  });
});

describe("countActions", () => {
  it("counts by kind", () => {
    expect(countActions(samplePlan().actions)).toEqual({
      collectionsToCreate: 2,
      collectionsToReplace: 1,
      indexes: 2,
      viewsToCreate: 1,
      viewsToReplace: 1,
    });
  });
});

describe("listDestroyed", () => {
  it("lists replaced collections and views", () => {
    const destroyed = listDestroyed(samplePlan().actions).map(({ target }) => target.coll);
    expect(destroyed).toEqual(["orders_v2", "recent"]);
  });
});

describe("judgePlan", () => {
  it.each([
    ["nothing", "nothing to do", emptyPlan()],
    ["additive", "1 to copy", emptyPlan({ actions: [createCollection("a.b", "a.b")] })],
    ["additive", "1 index", emptyPlan({ actions: [createIndex("a.b", "a.b", "x", exact())] })],
    ["destructive", "3 to copy, 2 views, 2 replaced", samplePlan()],
    [
      "refused",
      "refused, 1 object in the way at the destination",
      samplePlan({ refused: samplePlan().unchanged }),
    ],
  ])("%s: %s", (kind, text, plan) => {
    expect(judgePlan(plan)).toEqual({ kind, text });
  });
});

describe("summarizePlan", () => {
  it("leaves out what there is none of", () => {
    const actions = [createCollection("a.b", "a.b")];
    expect(summarizePlan(emptyPlan({ actions }))).toBe(
      "Plan: 1 collection to create, 0 indexes, ≈ 0 B, under a minute",
    );
  });
});
