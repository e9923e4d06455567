import { describe, expect, it } from "vitest";
import { ANY_DATABASE, isGrantedSingly, missingActions } from "../../src/model/privileges.ts";

const FIND = ["find", "insert"];

describe("missingActions", () => {
  it.each([
    ["any resource", { anyResource: true }, []],
    ["any database", { db: "", collection: "" }, []],
    ["the database", { db: "shop", collection: "" }, []],
    ["another database", { db: "store", collection: "" }, FIND],
    ["a database of another letter case", { db: "Shop", collection: "" }, FIND],
    ["one collection of it", { db: "shop", collection: "orders" }, FIND],
    ["one collection of every database", { db: "", collection: "orders" }, FIND],
    ["the cluster", { cluster: true }, FIND],
  ])("on a database, with privileges on %s", (_, resource, missing) => {
    expect(missingActions([{ resource, actions: FIND }], { db: "shop" }, FIND)).toEqual(missing);
  });

  it.each([
    [{ cluster: true }, []],
    [{ anyResource: true }, []],
    [{ db: "", collection: "" }, ["listDatabases"]],
  ])("on the cluster, with privileges on %j", (resource, missing) => {
    const privileges = [{ resource, actions: ["listDatabases"] }];
    expect(missingActions(privileges, null, ["listDatabases"])).toEqual(missing);
  });

  it.each([
    ["any resource", { anyResource: true }, []],
    ["any database", { db: "", collection: "" }, []],
    ["one database", { db: "shop", collection: "" }, FIND],
    ["one collection of every database", { db: "", collection: "orders" }, FIND],
    ["all buckets", { system_buckets: "" }, FIND],
    ["the cluster", { cluster: true }, FIND],
  ])("on any database, with privileges on %s", (_, resource, missing) => {
    expect(missingActions([{ resource, actions: FIND }], ANY_DATABASE, FIND)).toEqual(missing);
  });

  it("does not take local and config for any database", () => {
    const privileges = [{ resource: { db: "", collection: "" }, actions: FIND }];
    expect(missingActions(privileges, { db: "config" }, FIND)).toEqual(FIND);
    expect(missingActions(privileges, { db: "local" }, FIND)).toEqual(FIND);
  });

  it("adds up several privileges", () => {
    const privileges = [
      { resource: { db: "shop", collection: "" }, actions: ["find"] },
      { resource: { db: "", collection: "" }, actions: ["insert"] },
    ];
    expect(missingActions(privileges, { db: "shop" }, [...FIND, "remove"])).toEqual(["remove"]);
  });

  it.each([
    ["the database", { db: "shop", collection: "" }, "system.js", FIND],
    ["that collection", { db: "shop", collection: "system.js" }, "system.js", []],
    ["that collection of every database", { db: "", collection: "system.js" }, "system.js", []],
    ["the database", { db: "shop", collection: "" }, "orders", []],
    ["all buckets", { system_buckets: "" }, "system.buckets.heat", []],
    ["the buckets of one database", { db: "shop", system_buckets: "" }, "system.buckets.heat", []],
    ["its buckets", { db: "shop", system_buckets: "heat" }, "system.buckets.heat", []],
    ["other buckets", { db: "shop", system_buckets: "cold" }, "system.buckets.heat", FIND],
    ["buckets of another", { db: "x", system_buckets: "heat" }, "system.buckets.heat", FIND],
    ["all buckets", { system_buckets: "" }, "orders", FIND],
  ])("on one collection, with privileges on %s %j", (_, resource, coll, missing) => {
    const privileges = [{ resource, actions: FIND }];
    expect(missingActions(privileges, { db: "shop", coll }, FIND)).toEqual(missing);
  });
});

describe("isGrantedSingly", () => {
  it.each([
    [{ db: "shop", collection: "orders" }, true],
    [{ db: "", collection: "orders" }, true],
    [{ db: "store", collection: "orders" }, false],
    [{ db: "shop", collection: "" }, false],
    [{ db: "shop", collection: "system.js" }, false],
    [{ cluster: true }, false],
  ])("with a privilege on %j: %s", (resource, isGranted) => {
    expect(isGrantedSingly([{ resource, actions: ["find"] }], "shop", "find")).toBe(isGranted);
    expect(isGrantedSingly([{ resource, actions: ["insert"] }], "shop", "find")).toBe(false);
  });
});
