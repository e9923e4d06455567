import { describe, expect, it } from "vitest";
import { whileFollowing } from "../../src/model/while-following.ts";
import { exact } from "../report/sample-plan.ts";
import { collectionFacts, type Entry, ID_INDEX, indexFacts } from "../support/sample-facts.ts";

const A = [["a", 1]] as const;

function indexesOf(...indexes: readonly ReturnType<typeof indexFacts>[]) {
  return whileFollowing(collectionFacts("shop.orders", { indexes: [ID_INDEX, ...indexes] }))
    .indexes;
}

function optionsOf(...options: readonly Entry[]) {
  return whileFollowing(collectionFacts("shop.orders", { options: exact(...options) })).options;
}

describe("whileFollowing", () => {
  it("takes from indexes what forbids, hides or deletes documents, and nothing else", () => {
    const [id, index] = indexesOf(
      indexFacts("a_1", A, ["unique", true], ["hidden", true], ["sparse", true]),
    );
    expect(id).toBe(ID_INDEX);
    expect([...(index?.spec.fields.keys() ?? [])]).toEqual(["v", "key", "name", "sparse"]);
  });

  it("has documents expire no more", () => {
    const [, index] = indexesOf(indexFacts("a_1", A, ["expireAfterSeconds", 0]));
    expect(index?.spec.fields.has("expireAfterSeconds")).toBe(false);
  });

  it("leaves out an index that would be the same as another then", () => {
    const plain = indexFacts("a_1", A);
    const unique = indexFacts("a_unique", A, ["unique", true]);
    expect(indexesOf(unique, plain).map(({ name }) => name)).toEqual(["_id_", "a_1"]);
    const partial = indexFacts("a_some", A, ["unique", true], ["sparse", true]);
    expect(indexesOf(plain, partial).map(({ name }) => name)).toEqual(["_id_", "a_1", "a_some"]);
  });

  it("leaves out an index that is still being built", () => {
    expect(indexesOf({ ...indexFacts("a_1", A), isBuilding: true })).toEqual([ID_INDEX]);
  });

  it("gives a capped collection room for twice what it holds, and counts no documents", () => {
    const { fields } = optionsOf(["capped", true], ["size", 4096], ["max", 10]);
    expect(fields.get("size")).toBe(2 * 4096 + 64 * 1024 * 1024);
    expect(fields.has("max")).toBe(false);
  });

  it("has clustered documents expire no more", () => {
    const { fields } = optionsOf(["expireAfterSeconds", 10], ["validator", new Map()]);
    expect([...fields.keys()]).toEqual(["validator"]);
  });

  it("leaves views and time series as they are", () => {
    const view = collectionFacts("shop.v", { kind: "view", options: exact(["capped", true]) });
    expect(whileFollowing(view).options).toBe(view.options);
  });
});
