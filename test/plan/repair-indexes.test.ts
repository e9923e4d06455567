import { describe, expect, it } from "vitest";
import type { FailedIndex } from "../../src/model/facts.ts";
import type { Plan } from "../../src/model/plan.ts";
import { buildPlan } from "../../src/plan/build-plan.ts";
import {
  collectionFacts,
  factsOf,
  ID_INDEX,
  indexFacts,
  ownedTarget,
  sampleMigration,
  selection,
} from "../support/sample-facts.ts";

const A = indexFacts("a_1", [["a", 1]]);
const B = indexFacts("b_1", [["b", 1]]);
const source = collectionFacts("shop.orders", { indexes: [ID_INDEX, A, B] });
const migration = sampleMigration([selection("shop", { as: "store" })]);

/** The plan for a complete copy that has `present` and whose record names `failedIndexes`. */
function planWith(
  present: readonly (typeof A)[],
  failedIndexes: readonly FailedIndex[],
  runDigest: string | null = null,
): Plan {
  const standing = collectionFacts("store.orders", { indexes: [ID_INDEX, ...present] });
  const owned = ownedTarget(source, "store.orders", { isComplete: true, failedIndexes });
  const facts = factsOf([source], [standing], { ownedTargets: [owned], runDigest });
  return buildPlan({ migration, facts, normalizedSpec: "spec" });
}

function failed(name: string, changes: Partial<FailedIndex> = {}): FailedIndex {
  return { name, cause: "test", triedUnder: "plan-1", isBuilt: false, ...changes };
}

function indexesOf({ actions }: Plan): readonly string[] {
  return actions.map((action) => (action.kind === "create-index" ? action.index : action.kind));
}

describe("buildPlan after an index could not be built", () => {
  it("plans just the failed index that is still missing", () => {
    expect(indexesOf(planWith([A], [failed("b_1")]))).toEqual(["b_1"]);
    expect(indexesOf(planWith([A, B], [failed("b_1")]))).toEqual([]);
  });

  it("leaves alone what is missing for another reason", () => {
    expect(indexesOf(planWith([A], []))).toEqual([]);
    expect(indexesOf(planWith([A], [failed("b_1", { isBuilt: true })]))).toEqual([]);
  });

  it("stays the approved plan while it is being carried out", () => {
    const approved = planWith([], [failed("a_1"), failed("b_1")]).digest;
    const tried = { triedUnder: approved };
    const halfway = [failed("a_1", { ...tried, isBuilt: true }), failed("b_1", tried)];
    const made = planWith([A], halfway, approved);
    expect(made.digest).toBe(approved);
    expect(indexesOf(made)).toEqual(["a_1", "b_1"]);
  });

  it("plans the rest once that run has ended", () => {
    const tried = { triedUnder: "plan-2" };
    const left = [failed("a_1", { ...tried, isBuilt: true }), failed("b_1", tried)];
    expect(indexesOf(planWith([A], left))).toEqual(["b_1"]);
  });
});
