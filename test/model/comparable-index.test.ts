import { Double, Int32 } from "mongodb";
import { describe, expect, it } from "vitest";
import { comparableIndex } from "../../src/model/comparable-index.ts";

const projection = (...fields: [string, unknown][]): ReadonlyMap<string, unknown> =>
  comparableIndex(new Map([["wildcardProjection", new Map(fields)]]));

describe("comparableIndex", () => {
  it("takes the numbers of a 2d index for what they are worth", () => {
    const old = new Map([["max", new Int32(100)]]);
    expect(comparableIndex(old)).toEqual(comparableIndex(new Map([["max", new Double(100)]])));
    expect(comparableIndex(old)).not.toEqual(comparableIndex(new Map([["max", new Int32(99)]])));
  });

  it("takes wildcard projections as equal that include the same", () => {
    const asGiven = projection(["w", new Int32(1)], ["a", new Map([["b", new Int32(1)]])]);
    expect(projection(["a.b", true], ["w", true], ["_id", false])).toEqual(asGiven);
    expect(projection(["a.b", true], ["w", true], ["_id", true])).not.toEqual(asGiven);
    expect(projection(["a.b", false], ["w", false])).not.toEqual(asGiven);
    expect([...projection(["b", true], ["a", true])]).toEqual([
      ...projection(["a", true], ["b", true]),
    ]);
  });

  it("leaves everything else as it is", () => {
    const fields = new Map<string, unknown>([
      ["name", "x"],
      ["expireAfterSeconds", new Double(5)],
    ]);
    expect(comparableIndex(fields)).toEqual(fields);
  });
});
