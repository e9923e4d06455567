import { expect, it } from "vitest";
import type { IndexFacts } from "../../../src/model/facts.ts";
import { indexLimits } from "../../../src/precheck/rules/index-limits.ts";
import {
  collectionFacts,
  factsOf,
  ID_INDEX,
  indexFacts,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const numbered = (count: number): IndexFacts[] =>
  Array.from({ length: count }, (_, i) => indexFacts(`i${i}`, [[`f${i}`, 1]]));

const wide = (count: number): IndexFacts =>
  indexFacts(
    "wide",
    Array.from({ length: count }, (_, i) => [`f${i}`, 1] as const),
  );

function check(indexes: readonly IndexFacts[]): readonly string[] {
  const facts = factsOf([collectionFacts("shop.a", { indexes: [ID_INDEX, ...indexes] })]);
  return checkRule(indexLimits, sampleMigration([selection("shop")]), facts);
}

it("takes 64 indexes, not more", () => {
  expect(check(numbered(63))).toEqual([]);
  expect(check(numbered(64))).toEqual(["failed: shop.a: 65 indexes, and a collection may have 64"]);
});

it("takes one text index and 32 fields", () => {
  const text = ["t1", "t2"].map((name) => indexFacts(name, [["_fts", "text"]]));
  expect(check(text.slice(1))).toEqual([]);
  expect(check(text)).toEqual(["failed: shop.a: 2 text indexes, and a collection may have one"]);
  expect(check([wide(32)])).toEqual([]);
  expect(check([wide(33)])).toEqual(["failed: shop.a: the index wide has more than 32 fields"]);
});

it("warns of very many files", () => {
  const migration = sampleMigration([selection("shop")]);
  const many = Array.from({ length: 10_001 }, (_, i) => collectionFacts(`shop.c${i}`));
  expect(checkRule(indexLimits, migration, factsOf(many.slice(1)))).toEqual([]);
  expect(checkRule(indexLimits, migration, factsOf(many))).toEqual([
    expect.stringMatching(/^warning: .*20,?002 collections and indexes/),
  ]);
});
