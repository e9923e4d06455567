import { Double, Int32 } from "mongodb";
import { describe, expect, it } from "vitest";
import { indexIdentity, keyIdentity } from "../../src/model/index-identity.ts";
import { type Entry, indexFacts } from "../support/sample-facts.ts";

const specOf = (direction: unknown, ...options: readonly Entry[]) =>
  indexFacts("any", [["a", direction]], ...options).spec;

describe("indexIdentity", () => {
  const plain = specOf(1);

  it.each([
    ["another type of number", specOf(new Double(1))],
    ["a direction of old", specOf(true)],
    ["a flag that is off", specOf(new Int32(1), ["sparse", false], ["unique", 0])],
    ["an option that means nothing here", specOf(1, ["hidden", true])],
  ])("is the same with %s", (_, spec) => {
    expect(indexIdentity(spec)).toBe(indexIdentity(plain));
    expect(keyIdentity(spec)).toBe(keyIdentity(plain));
  });

  it.each([
    ["sparse", specOf(1, ["sparse", true])],
    ["unique", specOf(1, ["unique", 1])],
    ["partial", specOf(1, ["partialFilterExpression", new Map([["b", 1]])])],
  ])("differs where one is %s, while the key is the same", (_, spec) => {
    expect(indexIdentity(spec)).not.toBe(indexIdentity(plain));
    expect(keyIdentity(spec)).toBe(keyIdentity(plain));
  });

  it.each([
    ["direction", specOf(-1)],
    ["kind", specOf("2d")],
    ["collation", specOf(1, ["collation", new Map([["locale", "de"]])])],
    ["field", indexFacts("any", [["b", 1]]).spec],
    [
      "order of fields",
      indexFacts("any", [
        ["a", 1],
        ["b", 1],
      ]).spec,
    ],
  ])("differs by %s, as does the key", (_, spec) => {
    expect(keyIdentity(spec)).not.toBe(keyIdentity(plain));
    expect(indexIdentity(spec)).not.toBe(indexIdentity(plain));
  });
});
