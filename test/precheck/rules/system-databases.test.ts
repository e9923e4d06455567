import { describe, expect, it } from "vitest";
import type { Migration, ObjectSelection } from "../../../src/model/migration.ts";
import { systemDatabases } from "../../../src/precheck/rules/system-databases.ts";
import {
  collectionFacts,
  factsOf,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { checkRule } from "../check-rule.ts";

const CONFIG =
  "warning: config holds the deployment's own settings, which rarely fit another deployment";
const METADATA =
  "failed: mongoferry is the metadata database of this migration and would be written to";

function check(objects: readonly ObjectSelection[], changes: Partial<Migration> = {}) {
  const source = ["admin.a", "local.a", "config.a", "shop.a", "mongoferry.leases"];
  const facts = factsOf(source.map((name) => collectionFacts(name)));
  return checkRule(systemDatabases, sampleMigration(objects, changes), facts);
}

describe("systemDatabases", () => {
  it("passes others, and patterns, which mean no system database", () => {
    expect(check([selection("shop"), selection("admin*"), selection("co*")])).toEqual([]);
  });

  it.each([
    [selection("admin"), "admin"],
    [selection("local"), "local"],
    [selection(String.raw`\admin`), "admin"],
    [selection("shop", { as: "admin" }), "admin"],
    [selection("shop", { as: "local" }), "local"],
    [selection("admin", { as: "shop" }), "admin"],
    [selection("shop", { as: "Admin" }), "Admin"],
    [selection("LOCAL"), "LOCAL"],
  ])("refuses %j", (objects, name) => {
    expect(check([objects])).toEqual([`failed: ${name} can never be migrated`]);
  });

  it("warns about config, where it is named", () => {
    expect(check([selection("config")])).toEqual([CONFIG]);
    expect(check([selection("shop", { as: "config" })])).toEqual([CONFIG]);
  });

  it("refuses to follow changes of config, which no change stream tells", () => {
    const mode = "full-and-incremental";
    const refused = [
      "failed: a change stream of the whole deployment tells nothing of config, so that it cannot be followed",
    ];
    expect(check([selection("config")], { mode })).toEqual(refused);
    expect(check([selection("config", { as: "shop" })], { mode })).toEqual(refused);
    expect(check([selection("shop", { as: "config" })], { mode })).toEqual([CONFIG]);
  });

  it("refuses names that only differ from config by letter case", () => {
    expect(check([selection("shop", { as: "Config" })])).toEqual([
      "failed: Config differs from config by letter case only, which a server refuses",
    ]);
  });

  it("I8 refuses to write into the metadata database, by name, mapping or pattern", () => {
    expect(check([selection("mongoferry")])).toEqual([METADATA]);
    expect(check([selection(String.raw`\mongoferry`)])).toEqual([METADATA]);
    expect(check([selection("shop", { as: "mongoferry" })])).toEqual([METADATA]);
    expect(check([selection("*")])).toEqual([METADATA]);
  });

  it("refuses names that only differ from the metadata database by letter case", () => {
    expect(check([selection("shop", { as: "MongoFerry" })])).toEqual([
      "failed: MongoFerry differs from mongoferry, the metadata database, by letter case only, which a server refuses",
    ]);
  });

  it("refuses a metadata database of which the destination has another letter case", () => {
    const facts = factsOf([collectionFacts("shop.a")], [], {
      destinationDatabases: ["Mongoferry"],
    });
    expect(checkRule(systemDatabases, sampleMigration([selection("shop")]), facts)).toEqual([
      "failed: Mongoferry differs from mongoferry, the metadata database, by letter case only, which a server refuses",
    ]);
  });

  it("lets another migration's metadata be copied elsewhere", () => {
    expect(check([selection("mongoferry", { as: "archive" })])).toEqual([]);
    expect(check([selection("*")], { metadataDatabase: "ferry" })).toEqual([]);
  });
});
