import { expect, it } from "vitest";
import type { LeftBehind } from "../../../src/model/facts.ts";
import { searchIndexes } from "../../../src/precheck/rules/search-indexes.ts";
import { namespace } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function check(found: LeftBehind["searchIndexes"], provider: "atlas" | "mongodb" = "mongodb") {
  const leftBehind = { userCount: 0, roleCount: 0, searchIndexes: found };
  const facts = factsOf([collectionFacts("shop.a")], [], { leftBehind });
  const migration = sampleMigration([selection("shop")]);
  const source = { ...migration.source, provider };
  return checkRule(searchIndexes, { ...migration, source }, facts);
}

it("names search indexes of selected collections only", () => {
  const names = ["default", "vectors"];
  expect(
    check([
      { namespace: namespace("shop.a"), names },
      { namespace: namespace("other.b"), names },
    ]),
  ).toEqual(["warning: shop.a has search indexes, which are not migrated: default, vectors"]);
  expect(check([])).toEqual([]);
});

it("says that it could not be decided on Atlas, where alone there may be some", () => {
  expect(check(null, "atlas")).toEqual([expect.stringMatching(/^warning: could not be decided/)]);
  expect(check(null)).toEqual([]);
});
