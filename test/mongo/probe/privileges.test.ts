import { describe, expect, it } from "vitest";
import {
  missingActions,
  missingRights,
  requiredRights,
} from "../../../src/mongo/probe/privileges.ts";

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
    expect(missingActions([{ resource, actions: FIND }], "shop", FIND)).toEqual(missing);
  });

  it.each([
    [{ cluster: true }, []],
    [{ anyResource: true }, []],
    [{ db: "", collection: "" }, ["listDatabases"]],
  ])("on the cluster, with privileges on %j", (resource, missing) => {
    const privileges = [{ resource, actions: ["listDatabases"] }];
    expect(missingActions(privileges, null, ["listDatabases"])).toEqual(missing);
  });

  it("does not take local and config for any database", () => {
    const privileges = [{ resource: { db: "", collection: "" }, actions: FIND }];
    expect(missingActions(privileges, "config", FIND)).toEqual(FIND);
    expect(missingActions(privileges, "local", FIND)).toEqual(FIND);
  });

  it("adds up several privileges", () => {
    const privileges = [
      { resource: { db: "shop", collection: "" }, actions: ["find"] },
      { resource: { db: "", collection: "" }, actions: ["insert"] },
    ];
    expect(missingActions(privileges, "shop", [...FIND, "remove"])).toEqual(["remove"]);
  });
});

describe("requiredRights", () => {
  it("reads at the source, each database once", () => {
    expect(requiredRights("source", ["a", "b", "a"], "meta")).toEqual([
      { database: null, actions: ["listDatabases"] },
      { database: "a", actions: ["find", "listCollections", "listIndexes", "collStats"] },
      { database: "b", actions: ["find", "listCollections", "listIndexes", "collStats"] },
    ]);
  });

  it("reads and writes targets and metadata at the destination", () => {
    const rights = requiredRights("destination", ["a"], "meta");
    expect(rights.map(({ database }) => database)).toEqual(["a", "meta"]);
    expect(rights[1]?.actions).toEqual(
      expect.arrayContaining(["insert", "update", "remove", "createIndex", "dropCollection"]),
    );
  });

  it("is all missing without privileges, and nothing with all", () => {
    const required = requiredRights("destination", ["a"], "meta");
    expect(missingRights([], required)).toEqual(required);
    const all = [{ resource: { anyResource: true }, actions: required.flatMap((r) => r.actions) }];
    expect(missingRights(all, required)).toEqual([]);
  });
});
