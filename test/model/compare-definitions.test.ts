import { Double } from "mongodb";
import { describe, expect, it } from "vitest";
import type { CollectionFacts, IndexFacts } from "../../src/model/facts.ts";
import { compareDefinitions } from "../../src/model/compare-definitions.ts";
import {
  collectionFacts,
  type Entry,
  ID_INDEX,
  indexFacts,
  viewFacts,
} from "../support/sample-facts.ts";
import { exact } from "../report/sample-plan.ts";

const EQUAL = { optionDifferences: [], indexDifferences: [] };

function optioned(...options: readonly Entry[]): CollectionFacts {
  return collectionFacts("shop.orders", { options: exact(...options) });
}

function indexed(...indexes: readonly IndexFacts[]): CollectionFacts {
  return collectionFacts("shop.orders", { indexes: [ID_INDEX, ...indexes] });
}

function indexOf(...fields: readonly Entry[]): IndexFacts {
  return { name: "a_1", spec: exact(...fields), isBuilding: false };
}

describe("compareDefinitions", () => {
  it("finds nothing between equal ones, whatever they are called and hold", () => {
    const a = collectionFacts("shop.orders", { documentCount: 1 });
    expect(compareDefinitions(a, collectionFacts("store.orders_v2"))).toEqual(EQUAL);
  });

  it("says what differs in the options", () => {
    const source = optioned(["validationLevel", "strict"], ["validationAction", "warn"]);
    const target = optioned(["validationLevel", "off"], ["capped", true]);
    expect(compareDefinitions(source, target).optionDifferences).toEqual([
      "option capped is not at the source: true",
      'option validationAction is missing: "warn"',
      'option validationLevel: "off" instead of "strict"',
    ]);
  });

  it("says what differs in the indexes", () => {
    const key = [["a", 1]] as const;
    const source = indexed(indexFacts("kept", key), indexFacts("gone", key));
    const target = indexed(indexFacts("kept", key, ["unique", true]), indexFacts("new", key));
    const kept = 'key: {"a": 1}, name: "kept"';
    expect(compareDefinitions(source, target).indexDifferences).toEqual([
      'index gone is missing: key: {"a": 1}, name: "gone", v: 2',
      `index kept: ${kept}, unique: true, v: 2 instead of ${kept}, v: 2`,
      'index new is not at the source: key: {"a": 1}, name: "new", v: 2',
    ]);
  });

  it("does not mind in which order options were given", () => {
    const [a, b] = [["viewOn", "x"] as const, ["collation", new Map([["locale", "de"]])] as const];
    expect(compareDefinitions(optioned(a, b), optioned(b, a))).toEqual(EQUAL);
    const unique = ["unique", true] as const;
    const key = ["key", new Map([["a", 1]])] as const;
    expect(
      compareDefinitions(indexed(indexOf(key, unique)), indexed(indexOf(unique, key))),
    ).toEqual(EQUAL);
  });

  it("minds the order of a key's fields, and the type of numbers", () => {
    const [a, b] = [["a", 1] as const, ["b", 1] as const];
    const found = compareDefinitions(
      indexed(indexFacts("i", [a, b])),
      indexed(indexFacts("i", [b, a])),
    );
    expect(found.indexDifferences).toHaveLength(1);
    const types = compareDefinitions(
      indexed(indexFacts("i", [a])),
      indexed(indexFacts("i", [["a", new Double(1)]])),
    );
    expect(types.indexDifferences).toHaveLength(1);
  });

  it("tells dates from texts in what is nested", () => {
    const date = new Date(0);
    const [dated, written] = [date, date.toISOString()].map((value) =>
      optioned(["validator", new Map([["a", [value]]])]),
    );
    if (dated === undefined || written === undefined) throw new Error("not two");
    expect(compareDefinitions(dated, dated)).toEqual(EQUAL);
    expect(compareDefinitions(dated, written).optionDifferences).toHaveLength(1);
  });

  it("leaves out where an index is and how it was built", () => {
    const key = ["key", new Map([["a", 1]])] as const;
    const old = indexOf(key, ["ns", "shop.orders"], ["background", true]);
    expect(compareDefinitions(indexed(old), indexed(indexOf(key)))).toEqual(EQUAL);
  });

  it("takes the index on _id as each server makes it, but wants it, with its collation", () => {
    const legacy = {
      name: "_id_",
      spec: exact(["v", 1], ["key", new Map([["_id", new Double(1)]])], ["name", "_id_"]),
      isBuilding: false,
    };
    const source = collectionFacts("shop.orders", { indexes: [legacy] });
    expect(compareDefinitions(source, indexed())).toEqual(EQUAL);
    const none = collectionFacts("shop.orders", { indexes: [] });
    expect(compareDefinitions(source, none).indexDifferences).toHaveLength(1);
    const collated = indexFacts("_id_", [["_id", 1]], ["collation", new Map([["locale", "de"]])]);
    const other = collectionFacts("shop.orders", { indexes: [collated] });
    expect(compareDefinitions(source, other).indexDifferences).toHaveLength(1);
  });

  it("tells kinds apart, and compares views by their definition", () => {
    const view = viewFacts("shop.open", "orders", [new Map([["$match", new Map()]])]);
    expect(compareDefinitions(view, view)).toEqual(EQUAL);
    expect(compareDefinitions(view, viewFacts("shop.open", "orders")).optionDifferences).toEqual([
      'option pipeline: [] instead of [{"$match": {}}]',
    ]);
    const kinds = compareDefinitions(collectionFacts("a.b"), viewFacts("a.b", "c"));
    expect(kinds.optionDifferences[0]).toBe("a view instead of a collection");
  });
});
