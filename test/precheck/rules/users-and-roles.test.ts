import { expect, it } from "vitest";
import type { LeftBehind } from "../../../src/model/facts.ts";
import { usersAndRoles } from "../../../src/precheck/rules/users-and-roles.ts";
import { runPrecheck } from "../../../src/precheck/run-precheck.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const migration = sampleMigration([selection("shop")]);

function factsWith(users: LeftBehind["users"], roleCount: number | null) {
  return factsOf([collectionFacts("shop.a")], [], {
    leftBehind: { users, roleCount, searchIndexes: [] },
  });
}

it.each([
  [{ count: 0, isOfDeployment: true }, 0, []],
  [
    { count: 2, isOfDeployment: true },
    1,
    [
      "warning: source has 2 users and 1 role (roles counted in admin and the selected databases), which are not migrated",
    ],
  ],
  [
    { count: 1, isOfDeployment: false },
    0,
    [
      "warning: source has 1 user and 0 roles (counted in admin and the selected databases, users in $external too), which are not migrated",
    ],
  ],
  [null, 1, [expect.stringMatching(/^warning: users and roles of source are not migrated/)]],
  [
    { count: 0, isOfDeployment: true },
    null,
    [expect.stringMatching(/^warning: users and roles of source are not migrated/)],
  ],
])("with users %j and %s roles", (users, roleCount, expected) => {
  expect(checkRule(usersAndRoles, migration, factsWith(users, roleCount))).toEqual(expected);
});

it("claims no more than was looked at where it found none", () => {
  const findings = runPrecheck(migration, factsWith({ count: 0, isOfDeployment: false }, 0));
  expect(findings).toContainEqual(
    expect.objectContaining({
      rule: "users-and-roles",
      result: "passed",
      message:
        "0 users and 0 roles (counted in admin and the selected databases, users in $external too)",
    }),
  );
});
