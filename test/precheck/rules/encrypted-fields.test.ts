import { expect, it } from "vitest";
import type { CollectionFacts } from "../../../src/model/facts.ts";
import { encryptedFields } from "../../../src/precheck/rules/encrypted-fields.ts";
import { exact } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

function check(...source: readonly CollectionFacts[]): readonly string[] {
  return checkRule(encryptedFields, sampleMigration([selection("shop")]), factsOf(source));
}

const SCHEMA = new Map([["ssn", new Map([["encrypt", new Map([["bsonType", "string"]])]])]]);
const CSFLE = collectionFacts("shop.people", {
  options: exact(["validator", new Map([["$jsonSchema", new Map([["properties", SCHEMA]])]])]),
});

it("passes plain collections", () => {
  const plain = exact(["validator", new Map([["encrypt", 1]])]);
  expect(check(collectionFacts("shop.a", { options: plain }))).toEqual([]);
});

it("refuses collections of Queryable Encryption and of its state", () => {
  const options = exact(["encryptedFields", new Map()]);
  expect(check(collectionFacts("shop.a", { options }))).toEqual([
    "failed: shop.a uses Queryable Encryption, which is not migrated",
  ]);
  expect(check(collectionFacts("shop.enxcol_.a.esc"))).toEqual([
    "failed: shop.enxcol_.a.esc holds state of Queryable Encryption, which is not migrated",
  ]);
});

it("warns of fields encrypted by clients where their keys are not selected", () => {
  expect(check(CSFLE)).toEqual([expect.stringMatching(/^warning: shop\.people .*__keyVault/)]);
  expect(check(CSFLE, collectionFacts("shop.__keyVault"))).toEqual([]);
});
