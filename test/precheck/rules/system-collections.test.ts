import { expect, it } from "vitest";
import { systemCollections } from "../../../src/precheck/rules/system-collections.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const migration = sampleMigration([selection("shop")]);
const heat = collectionFacts("shop.heat", { kind: "timeseries" });

it("names what belongs to the server itself, and nothing that is migrated with its owner", () => {
  const names = ["a", "system.profile", "system.js", "system.views", "system.buckets.heat"];
  const facts = factsOf([heat, ...names.map((name) => collectionFacts(`shop.${name}`))]);
  expect(checkRule(systemCollections, migration, facts)).toEqual([
    "warning: shop.system.profile belongs to the server and is not migrated",
  ]);
});

it("names buckets whose time-series collection is gone, or is another database's or none", () => {
  const names = ["shop.system.buckets.cold", "store.system.buckets.heat", "shop.cold"];
  const facts = factsOf([heat, ...names.map((name) => collectionFacts(name))]);
  expect(checkRule(systemCollections, migration, facts)).toEqual([
    "warning: shop.system.buckets.cold holds data of a time-series collection that is not there any more, and is not migrated",
    "warning: store.system.buckets.heat holds data of a time-series collection that is not there any more, and is not migrated",
  ]);
});
