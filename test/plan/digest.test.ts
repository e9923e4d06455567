import { Double } from "mongodb";
import { describe, expect, it } from "vitest";
import type { PlanAction } from "../../src/model/plan.ts";
import { digestPlan } from "../../src/plan/digest.ts";
import { createCollection, createIndex, createView, exact } from "../report/sample-plan.ts";

const SPEC = exact(["key", new Map([["a", 1]])], ["name", "a_1"]);

function actions(...changes: readonly PlanAction[]): readonly PlanAction[] {
  return [createCollection("shop.a", "store.a"), ...changes];
}

const index = createIndex("shop.a", "store.a", "a_1", SPEC);
const digest = digestPlan(actions(index), "spec");

describe("digestPlan", () => {
  it("is the hex of a SHA-256, the same on every machine and in every release", () => {
    // An approval given under one release must hold under the next: a change of this needs a new `format`.
    expect(digest).toBe("437b60ca0c44799616eab5447d8494e74edd69cb602ac1959f1f3fc014fefa49");
  });

  it("does not depend on what moves by itself: counts, sizes, UUIDs, what an interruption left", () => {
    const moved = createCollection("shop.a", "store.a", {
      sourceUuid: "another",
      documentCount: 7,
      dataBytes: 7,
      indexBytes: 7,
      replaces: { documentCount: 1, dataBytes: 1 },
      isResumable: true,
      existingUuid: "another",
    });
    expect(digestPlan([moved, index], "spec")).toBe(digest);
    const view = createView("shop.v", "store.v");
    expect(digestPlan([{ ...view, isInPlace: true }], "spec")).toBe(digestPlan([view], "spec"));
  });

  it.each<readonly [string, readonly PlanAction[]]>([
    ["an action less", actions()],
    ["an action more", actions(index, createView("shop.v", "store.v"))],
    ["another source", [createCollection("shop.b", "store.a"), index]],
    ["another target", [createCollection("shop.a", "store.b"), index]],
    ["replacing", [createCollection("shop.a", "store.a", { kind: "replace-collection" }), index]],
    [
      "options of a collection",
      [createCollection("shop.a", "store.a", { options: exact(["capped", true]) }), index],
    ],
    ["an index's name", actions(createIndex("shop.a", "store.a", "b_1", SPEC))],
    [
      "an index's options",
      actions(createIndex("shop.a", "store.a", "a_1", exact(...SPEC.fields, ["unique", true]))),
    ],
    [
      "a number's type in an index",
      actions(
        createIndex(
          "shop.a",
          "store.a",
          "a_1",
          exact(["key", new Map([["a", new Double(1)]])], ["name", "a_1"]),
        ),
      ),
    ],
  ])("depends on %s", (_, changed) => {
    expect(digestPlan(changed, "spec")).not.toBe(digest);
  });

  it("depends on a view's definition, and on whether one is overwritten", () => {
    const view = createView("shop.v", "store.v");
    const other = { ...view, options: exact(["viewOn", "carts"]) };
    const replacing = createView("shop.v", "store.v", "replace-view");
    const digests = [view, other, replacing].map((action) => digestPlan([action], "spec"));
    expect(new Set(digests).size).toBe(3);
  });

  it("depends on the spec", () => {
    expect(digestPlan(actions(index), "spec ")).not.toBe(digest);
  });

  it("cannot be imitated by names that run into each other", () => {
    const one = createIndex("shop.a", "store.a", 'a","b', exact());
    const two = createIndex("shop.a", "store.a", "a", exact());
    expect(digestPlan([one], "")).not.toBe(digestPlan([two], ""));
    expect(digestPlan([], '"}\n[]')).not.toBe(digestPlan([], '"}'));
  });
});
