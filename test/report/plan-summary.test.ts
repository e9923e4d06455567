import type { IndexChangeKind, ObjectChange } from "../../src/model/plan.ts";
import { describe, expect, it } from "vitest";
import { countActions, judgePlan, summarizePlan } from "../../src/report/plan-summary.ts";
import {
  createCollection,
  createIndex,
  emptyPlan,
  exact,
  objectChange,
  samplePlan,
} from "./sample-plan.ts";

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

function withIndexes(...changes: readonly IndexChangeKind[]): ObjectChange {
  const indexes = changes.map((change, at) => {
    return { change, name: `i${at}`, spec: exact(), differences: [] };
  });
  return objectChange("a.b", "a.b", { change: "copy", indexes });
}

describe("judgePlan", () => {
  it.each([
    ["nothing", "nothing to do", emptyPlan()],
    ["additive", "1 to copy", emptyPlan({ actions: [createCollection("a.b", "a.b")] })],
    ["additive", "1 index", emptyPlan({ actions: [createIndex("a.b", "a.b", "x", exact())] })],
    ["destructive", "3 to copy, 2 views, 2 replaced", samplePlan()],
    [
      "refused",
      "refused: 1 object",
      samplePlan({ objects: [objectChange("a.b", "a.b", { change: "refuse" })] }),
    ],
    ["refused", "refused: 2 indexes", samplePlan({ objects: [withIndexes("refuse", "refuse")] })],
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

  it("names what it costs, where the spec has rates", () => {
    const cost = { egress: 1_203.695, perHour: 0.5, currency: "USD" };
    expect(summarizePlan(samplePlan({ cost }))).toContain(
      ", about 2 h, ≈ 1,203.70 USD egress, 0.50 USD per hour of following",
    );
    const free = { egress: 0, perHour: null, currency: "EUR" };
    expect(summarizePlan(samplePlan({ cost: free }))).toMatch(/, ≈ 0\.00 EUR egress$/u);
  });

  it("counts what is kept and refused beside what is done", () => {
    const objects = [
      objectChange("a.b", "a.b", { change: "keep" }),
      objectChange("a.c", "a.c", { change: "unchanged" }),
      objectChange("a.d", "a.d", { change: "refuse" }),
    ];
    expect(summarizePlan(emptyPlan({ objects }))).toBe(
      "Plan: nothing to do, 1 object copied before, 1 kept, 1 refused",
    );
  });
});
