import { describe, expect, it } from "vitest";
import { selectedObjects } from "../../../src/precheck/rules/selected-objects.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const facts = factsOf([collectionFacts("shop.orders")]);

describe("selectedObjects", () => {
  it("passes when everything named is there", () => {
    const migration = sampleMigration([selection("shop", { collections: [entry("orders")] })]);
    expect(checkRule(selectedObjects, migration, facts)).toEqual([]);
  });

  it("names each that is not, though others are", () => {
    const collections = [entry("orders"), entry("Orders")];
    const migration = sampleMigration([selection("shop", { collections }), selection("crm*")]);
    expect(checkRule(selectedObjects, migration, facts)).toEqual([
      "failed: shop.Orders matches nothing at source",
      "failed: crm* matches nothing at source",
    ]);
  });

  it("refuses a selection that leaves nothing", () => {
    const migration = sampleMigration([selection("shop", { exclude: ["*"] })]);
    expect(checkRule(selectedObjects, migration, facts)).toEqual([
      "failed: the selection is empty",
    ]);
  });
});
