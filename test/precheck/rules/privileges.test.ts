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
import { checkRule, objectionsOf } from "../check-rule.ts";

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

  describe("to follow changes", () => {
    const following = { ...MIGRATION, mode: "full-and-incremental" } as const;
    const changes = ["collMod", "dropIndex", "renameCollectionSameDB"];
    const a = [collectionFacts("shop.a")];

    it("asks for the change stream of the whole deployment, and for changes of collections", () => {
      const held = [on("shop", "", [...READ, "changeStream"])];
      const readWrite = [on("store", "", [...READ, ...WRITE, ...changes.slice(1)])];
      expect(checkRule(privileges, MIGRATION, facts(a, held, readWrite))).toEqual([]);
      expect(checkRule(privileges, following, facts(a, held, readWrite))).toEqual([
        "failed: the user of source may not: find, changeStream on the collections of any database; the change stream that is followed is that of the whole deployment",
        "failed: the user of destination may not: collMod on database store; what happens to collections and indexes could not be followed",
      ]);
    });

    it("is content with no more than that, and asks nothing where access control is off", () => {
      const source = [on("shop", "", READ), on("", "", ["changeStream", "find"])];
      const destination = [on("store", "", [...READ, ...WRITE, ...changes])];
      expect(checkRule(privileges, following, facts(a, source, destination))).toEqual([]);
      expect(checkRule(privileges, following, facts(a, null, null))).toEqual([]);
    });

    it("names the single action that is lacking, and prints commands that grant it", () => {
      const held = facts(a, [on("", "", ["find"])], [on("store", "", changes.slice(0, 1))]);
      const [source, destination] = objectionsOf(privileges, following, held);
      expect(source?.message).toContain("may not: changeStream on");
      expect(source?.remedy).toBe(
        'Set mode: full, or run in mongosh: db.getSiblingDB("admin").createRole({"role":"mongoferryFollowSource","privileges":[{"resource":{"db":"","collection":""},"actions":["find","changeStream"]}],"roles":[]}); db.getSiblingDB("admin").grantRolesToUser("ann", [{"role":"mongoferryFollowSource","db":"admin"}]). Atlas keeps users itself: add readAnyDatabase under Database Access',
      );
      expect(destination?.message).toContain("may not: dropIndex, renameCollectionSameDB on");
      expect(destination?.remedy).toContain(
        '"privileges":[{"resource":{"db":"store","collection":""},"actions":["dropIndex","renameCollectionSameDB"]}]',
      );
      expect(destination?.remedy).toContain("add dbAdmin on store under Database Access");
    });
  });
});
