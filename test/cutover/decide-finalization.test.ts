import { describe, expect, it } from "vitest";
import { decideFinalization } from "../../src/cutover/decide-finalization.ts";
import { asNumber } from "../../src/model/exact-document.ts";
import { beforeExpiry, whileFollowing } from "../../src/model/while-following.ts";
import { exact } from "../report/sample-plan.ts";
import { collectionFacts, type Entry, ID_INDEX, indexFacts } from "../support/sample-facts.ts";

const A = [["a", 1]] as const;

type Index = ReturnType<typeof indexFacts>;

function orders(options: readonly Entry[], ...indexes: readonly Index[]) {
  return collectionFacts("shop.orders", {
    options: exact(...options),
    indexes: [ID_INDEX, ...indexes],
  });
}

/** What is left to do for a copy that has been followed so far. */
function decide(source: ReturnType<typeof orders>, canConvert = true) {
  const followed = { ...source, ...whileFollowing(source) };
  return decideFinalization(source, followed, canConvert);
}

function changesOf(source: ReturnType<typeof orders>, canConvert = true) {
  return decide(source, canConvert)?.alter.map(({ changes }) =>
    changes.map((change) => plainOf(change)),
  );
}

/** Numbers without their types. */
function plainOf(fields: ReadonlyMap<string, unknown> | undefined) {
  return Object.fromEntries(
    [...(fields ?? [])].map(([name, value]) => [name, asNumber(value) ?? value]),
  );
}

describe("decideFinalization", () => {
  it("finds nothing to do where nothing has waited", () => {
    expect(decide(orders([["validator", new Map()]], indexFacts("a_1", A)))).toBeNull();
  });

  it("makes an index unique where it stands, after it was prepared for that", () => {
    const source = orders([], indexFacts("a_1", A, ["unique", true]));
    expect(changesOf(source)).toEqual([[{ prepareUnique: true }, { unique: true }]]);
    expect(decide(source)?.alter[0]?.undo).toEqual(new Map([["prepareUnique", false]]));
  });

  it("builds a unique index anew where the server cannot make it one", () => {
    const found = decide(orders([], indexFacts("a_1", A, ["unique", true])), false);
    expect(found?.alter).toEqual([]);
    expect(found?.rebuild.map(({ name }) => name)).toEqual(["a_1"]);
  });

  it("hides, has documents expire, and does both with what is unique", () => {
    expect(changesOf(orders([], indexFacts("a_1", A, ["hidden", true])), false)).toEqual([
      [{ hidden: true }],
    ]);
    const all = indexFacts(
      "a_1",
      A,
      ["unique", true],
      ["hidden", true],
      ["expireAfterSeconds", 60],
    );
    expect(changesOf(orders([], all))).toEqual([
      [{ hidden: true, expireAfterSeconds: 60 }, { prepareUnique: true }, { unique: true }],
    ]);
  });

  it("builds what would have been the same as another until now", () => {
    const source = orders([], indexFacts("a_1", A), indexFacts("a_u", A, ["unique", true]));
    expect(decide(source)?.build.map(({ name }) => name)).toEqual(["a_u"]);
  });

  it("gives capped collections their size and number back, where servers can", () => {
    const source = orders([
      ["capped", true],
      ["size", 4096],
      ["max", 10],
    ]);
    expect(plainOf(decide(source)?.options)).toEqual({ cappedMax: 10, cappedSize: 4096 });
    const old = decide(source, false);
    expect(old?.options.size).toBe(0);
    expect(old?.impossible.map(({ name }) => name)).toEqual(["max", "size"]);
    expect(old?.impossible[0]?.text).toContain("servers before 6.0 cannot change it");
  });

  it("leaves what expires for the end", () => {
    const source = orders(
      [["expireAfterSeconds", 60]],
      indexFacts("a_1", A, ["expireAfterSeconds", 60], ["hidden", true]),
    );
    const plain = { ...source, ...beforeExpiry(source) };
    const followed = { ...source, ...whileFollowing(source) };
    const first = decideFinalization(plain, followed, true);
    expect(first?.options.size).toBe(0);
    expect(first?.alter.map(({ changes }) => changes.map((each) => [...each.keys()]))).toEqual([
      [["hidden"]],
    ]);
    expect(plain.indexes[1]?.spec.fields.has("expireAfterSeconds")).toBe(false);
    const last = decideFinalization(source, plain, true);
    expect([...(last?.options.keys() ?? [])]).toEqual(["expireAfterSeconds"]);
    expect(last?.alter[0]?.changes.map(plainOf)).toEqual([{ expireAfterSeconds: 60 }]);
    const old = decideFinalization(source, plain, false);
    expect([old?.alter, old?.rebuild.map(({ name }) => name)]).toEqual([[], ["a_1"]]);
  });

  it("leaves what somebody else has added, and what is still being built at the source", () => {
    const building = { ...indexFacts("b_1", [["b", 1]]), isBuilding: true };
    const source = orders([], building);
    const existing = orders([], indexFacts("mine", [["c", 1]]));
    expect(decideFinalization(source, existing, true)).toBeNull();
  });
});
