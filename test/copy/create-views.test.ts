import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderViews } from "../../src/copy/create-views.ts";
import type { ViewAction } from "../../src/model/plan.ts";
import { createView, exact } from "../report/sample-plan.ts";

function view(name: string, ...below: readonly string[]): ViewAction {
  const pipeline = below.slice(1).map((coll) => new Map([["$unionWith", coll]]));
  const options = exact(["viewOn", below[0] ?? "data"], ["pipeline", pipeline]);
  return { ...createView(`shop.${name}`, `shop.${name}`), options };
}

function order(views: readonly ViewAction[]): readonly string[] {
  return orderViews(views).map(({ target }) => target.coll);
}

describe("orderViews", () => {
  it("puts what is read from first", () => {
    expect(order([view("a", "b"), view("b", "x", "c"), view("c"), view("d")])).toEqual([
      "c",
      "b",
      "a",
      "d",
    ]);
  });

  it("keeps every view once, also where they form a circle", () => {
    expect(order([view("a", "b"), view("b", "a")]).toSorted()).toEqual(["a", "b"]);
  });

  it("puts none before one that it reads from, in whatever order they are given", () => {
    const views = Array.from({ length: 8 }, (_, i) =>
      view(`v${i}`, ...[i - 1, i - 3].filter((below) => below >= 0).map((below) => `v${below}`)),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(views, { minLength: views.length }), (shuffled) => {
        expect(order(shuffled)).toEqual(views.map(({ target }) => target.coll));
      }),
    );
  });
});
