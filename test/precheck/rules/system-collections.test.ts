import { expect, it } from "vitest";
import { systemCollections } from "../../../src/precheck/rules/system-collections.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

it("names what belongs to the server itself, and nothing that is migrated with its owner", () => {
  const names = ["a", "system.profile", "system.js", "system.views", "system.buckets.heat"];
  const facts = factsOf(names.map((name) => collectionFacts(`shop.${name}`)));
  expect(checkRule(systemCollections, sampleMigration([selection("shop")]), facts)).toEqual([
    "warning: shop.system.profile belongs to the server and is not migrated",
  ]);
});
