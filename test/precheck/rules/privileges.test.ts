import { describe, expect, it } from "vitest";
import type { Facts } from "../../../src/model/facts.ts";
import type { Privilege } from "../../../src/model/privileges.ts";
import { selectObjects } from "../../../src/model/select-objects.ts";
import { privileges } from "../../../src/precheck/rules/privileges.ts";
import { exact } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  reachable,
  sampleMigration,
  selection,
  viewFacts,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const MIGRATION = sampleMigration([selection("shop", { as: "store" })]);
const READ = ["find", "listIndexes", "collStats"];
const WRITE = ["insert", "update", "remove"];
const on = (db: string, collection: string, actions = [...READ, ...WRITE]): Privilege => ({
  resource: { db, collection },
  actions,
});

const end = (name: string, held: readonly Privilege[] | null) =>
  reachable(name, {
    account: held === null ? null : { user: "ann", authDatabase: "admin", privileges: held },
  });

function facts(
  collections: Facts["sourceCollections"],
  source: readonly Privilege[] | null,
  destination: readonly Privilege[] | null,
): Facts {
  return factsOf(collections, [], {
    source: end("source", source),
    destination: end("destination", destination),
  });
}

const HEAT = collectionFacts("shop.heat", { kind: "timeseries" });
const VALIDATED = collectionFacts("shop.strict", { options: exact(["validator", new Map()]) });
const FUNCTIONS = collectionFacts("shop.system.js");

describe("privileges", () => {
  it("asks nothing where access control is off", () => {
    const open = facts([HEAT, VALIDATED, FUNCTIONS], null, null);
    expect(checkRule(privileges, MIGRATION, open)).toEqual([]);
  });

  it("needs no more than rights on the databases for plain collections", () => {
    const plain = facts([collectionFacts("shop.a")], [on("shop", "")], [on("store", "")]);
    expect(checkRule(privileges, MIGRATION, plain)).toEqual([]);
  });

  it("takes rights on single collections, and names those that are selected without", () => {
    const single = [on("shop", "", ["listCollections"]), on("shop", "a", ["find"])];
    const a = collectionFacts("shop.a");
    const view = viewFacts("shop.open", "a");
    expect(checkRule(privileges, MIGRATION, facts([a, view], single, null))).toEqual([]);
    const both = facts([a, collectionFacts("shop.b")], single, null);
    expect(checkRule(privileges, MIGRATION, both)).toEqual([
      "failed: the user of source may not: find on shop.b",
    ]);
    const chosen = sampleMigration([selection("shop", { collections: [entry("a")] })]);
    expect(checkRule(privileges, chosen, both)).toEqual([]);
  });

  it("names what the roles of a database leave out, at each end", () => {
    const held = facts([HEAT, FUNCTIONS], [on("shop", "")], [on("store", "")]);
    expect(checkRule(privileges, MIGRATION, held)).toEqual([
      "failed: the user of source may not: find, listIndexes, collStats on shop.system.buckets.heat; find, listIndexes, collStats on shop.system.js",
      "failed: the user of destination may not: find, listIndexes, collStats, insert, update, remove on store.system.buckets.heat; find, listIndexes, collStats, insert, update, remove on store.system.js",
    ]);
  });

  it("prints commands that grant it", () => {
    const held = facts([HEAT], [on("shop", "")], null);
    const [objection] = privileges.check({
      migration: MIGRATION,
      facts: held,
      selected: selectObjects(MIGRATION, held),
    });
    expect(objection?.remedy).toContain(
      'db.getSiblingDB("admin").createRole({"role":"mongoferrySource","privileges":[{"resource":{"db":"shop","collection":"system.buckets.heat"},"actions":["find","listIndexes","collStats"]}],"roles":[]}); db.getSiblingDB("admin").grantRolesToUser("ann", [{"role":"mongoferrySource","db":"admin"}])',
    );
  });

  it("warns where a validator cannot be bypassed, and names the collection", () => {
    const held = facts([VALIDATED], null, [on("store", "")]);
    expect(checkRule(privileges, MIGRATION, held)).toEqual([
      expect.stringMatching(/^warning: .* bypassDocumentValidation.* store\.strict: the copy ends/),
    ]);
    const able = facts([VALIDATED], null, [on("store", "", ["bypassDocumentValidation"])]);
    expect(checkRule(privileges, MIGRATION, able)).toEqual([]);
  });
});
