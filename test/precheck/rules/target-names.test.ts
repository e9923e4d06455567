import { describe, expect, it } from "vitest";
import type { ServerFacts } from "../../../src/model/facts.ts";
import { targetNames } from "../../../src/precheck/rules/target-names.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  indexFacts,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function checkCollection(coll: string, server: Partial<ServerFacts> = {}): readonly string[] {
  const facts = factsOf([collectionFacts("shop.a")], [], {
    destination: reachable("destination", server),
  });
  const collections = [entry("a", { as: coll })];
  return checkRule(targetNames, sampleMigration([selection("shop", { collections })]), facts);
}

describe("targetNames", () => {
  it("takes a namespace of 255 bytes, not more, counted in UTF-8", () => {
    expect(checkCollection("x".repeat(250))).toEqual([]);
    expect(checkCollection("ä".repeat(125))).toEqual([]);
    const long = "x".repeat(251);
    expect(checkCollection(long)).toEqual([
      `failed: shop.${long} is longer than the destination allows (255 bytes, database 63)`,
    ]);
    expect(checkCollection("ä".repeat(126))).toHaveLength(1);
  });

  it.each([
    ["4.2", { version: "4.2.24", featureCompatibilityVersion: null }],
    ["4.4 that still behaves like 4.2", { version: "4.4.2", featureCompatibilityVersion: "4.2" }],
  ])("takes 120 bytes for release %s", (_, server) => {
    expect(checkCollection("x".repeat(115), server)).toEqual([]);
    expect(checkCollection("x".repeat(116), server)).toHaveLength(1);
  });

  it.each(["4.4.2", "5.0.4", "10.0.0"])("takes 255 bytes for release %s", (version) => {
    const server = { version, featureCompatibilityVersion: null };
    expect(checkCollection("x".repeat(250), server)).toEqual([]);
  });

  it.each(["a.$b", "$a", "a\0b", ".a", "system.foo", "system.js2"])("refuses %j", (name) => {
    expect(checkCollection(name)).toHaveLength(1);
  });

  it.each(["a b", "a.", "a/b", "systems.a", "ä"])("takes %j", (name) => {
    expect(checkCollection(name)).toEqual([]);
  });

  it.each(["a b", "a.b", "a/b", "a$b", 'a"b', "a\\b"])("refuses the database %j", (as) => {
    const facts = factsOf([collectionFacts("shop.a")]);
    const migration = sampleMigration([selection("shop", { as })]);
    expect(checkRule(targetNames, migration, facts)).toHaveLength(1);
  });

  it("counts the name of a time-series collection's buckets", () => {
    const collections = [entry("a", { as: "x".repeat(236) })];
    const check = (kind: "collection" | "timeseries") =>
      checkRule(
        targetNames,
        sampleMigration([selection("shop", { collections })]),
        factsOf([collectionFacts("shop.a", { kind })]),
      );
    expect(check("collection")).toEqual([]);
    expect(check("timeseries")).toHaveLength(1);
  });

  it("refuses an index that is called like the drop of all", () => {
    const indexes = [indexFacts("*", [["a", 1]])];
    const facts = factsOf([collectionFacts("shop.a", { indexes })]);
    expect(checkRule(targetNames, sampleMigration([selection("shop")]), facts)).toHaveLength(1);
  });

  it("takes a database name of 63 bytes, not more", () => {
    const facts = factsOf([collectionFacts("shop.a")]);
    const [fitting, long] = [63, 64].map((length) =>
      checkRule(
        targetNames,
        sampleMigration([selection("shop", { as: "d".repeat(length) })]),
        facts,
      ),
    );
    expect(fitting).toEqual([]);
    expect(long).toHaveLength(1);
  });
});
