import { expect, it } from "vitest";
import { usersAndRoles } from "../../../src/precheck/rules/users-and-roles.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

it.each([
  [0, 0, []],
  [2, 1, ["warning: source has 2 users and 1 role of its own, which are not migrated"]],
  [null, 1, [expect.stringMatching(/^warning: users and roles of source are not migrated/)]],
])("with %s users and %s roles", (userCount, roleCount, expected) => {
  const leftBehind = { userCount, roleCount, searchIndexes: [] };
  const facts = factsOf([collectionFacts("shop.a")], [], { leftBehind });
  expect(checkRule(usersAndRoles, sampleMigration([selection("shop")]), facts)).toEqual(expected);
});
