import { Double, Int32 } from "mongodb";
import { describe, expect, it } from "vitest";
import { repairIndex } from "../../src/model/repair-index.ts";
import { exact } from "../report/sample-plan.ts";

describe("repairIndex", () => {
  it("leaves numbers of any type and order as they are", () => {
    const key = new Map<string, unknown>([
      ["b", new Double(1)],
      ["10", new Int32(-1)],
      ["2", "2dsphere"],
    ]);
    const { fields, repairs } = repairIndex(exact(["v", 2], ["key", key], ["unique", false]));
    expect(repairs).toEqual([]);
    expect([...(fields.get("key") as typeof key)]).toEqual([...key]);
    expect(fields.get("unique")).toBe(false);
  });

  it.each([[0], [new Double(Number.NaN)], [""], [true], [false], [null]])(
    "reads a direction of %s as servers before 3.4 did",
    (direction) => {
      const { fields, repairs } = repairIndex(
        exact(["v", 1], ["key", new Map([["a", direction]])]),
      );
      expect(fields.get("key")).toEqual(new Map([["a", 1]]));
      expect(repairs).toHaveLength(1);
    },
  );

  it.each([
    [1, true],
    [0, false],
    ["false", true],
    [null, false],
    [new Double(0), false],
  ])("reads a flag of %s as servers do", (value, isSet) => {
    const spec = exact(["key", new Map([["a", 1]])], ["sparse", value]);
    expect(repairIndex(spec).fields.get("sparse")).toBe(isSet);
  });

  it("says nothing of what every old server has written", () => {
    const spec = exact(["key", new Map([["a", 1]])], ["ns", "a.b"], ["background", true]);
    const { fields, repairs } = repairIndex(spec);
    expect([...fields.keys()]).toEqual(["key"]);
    expect(repairs).toEqual([]);
  });
});
