import { describe, expect, it } from "vitest";
import { missingRights, requiredRights } from "../../../src/mongo/probe/privileges.ts";

const REQUEST = {
  role: "source",
  databases: ["a"],
  metadataDatabase: "meta",
  needsDatabaseList: true,
} as const;

const held = (collection: string, actions: readonly string[]) => ({
  resource: { db: "a", collection },
  actions,
});

describe("requiredRights", () => {
  it("reads at the source, each database once", () => {
    expect(requiredRights({ ...REQUEST, databases: ["a", "b", "a"] })).toEqual([
      { database: null, actions: ["listDatabases"] },
      { database: "a", actions: ["find", "listCollections", "listIndexes", "collStats"] },
      { database: "b", actions: ["find", "listCollections", "listIndexes", "collStats"] },
    ]);
  });

  it("asks for no list of databases where all are named", () => {
    const required = requiredRights({ ...REQUEST, needsDatabaseList: false });
    expect(required.map(({ database }) => database)).toEqual(["a"]);
  });

  it("reads and writes targets and metadata at the destination", () => {
    const rights = requiredRights({ ...REQUEST, role: "destination" });
    expect(rights.map(({ database }) => database)).toEqual(["a", "meta"]);
    expect(rights[1]?.actions).toEqual(
      expect.arrayContaining(["insert", "update", "remove", "createIndex", "dropCollection"]),
    );
  });

  it("is all missing without privileges, and nothing with all", () => {
    const required = requiredRights({ ...REQUEST, role: "destination" });
    expect(missingRights("destination", [], required)).toEqual(required);
    const all = [{ resource: { anyResource: true }, actions: required.flatMap((r) => r.actions) }];
    expect(missingRights("destination", all, required)).toEqual([]);
  });

  it("leaves to the precheck what may be read where the source grants it on single collections", () => {
    const actions = ["find", "listCollections", "listIndexes", "collStats"];
    const required = [{ database: "a", actions }];
    const others = held("", actions.slice(1));
    const missing = [{ database: "a", actions: ["find"] }];
    expect(missingRights("source", [others, held("orders", ["find"])], required)).toEqual([]);
    expect(missingRights("source", [others, held("system.js", ["find"])], required)).toEqual(
      missing,
    );
    expect(missingRights("source", [others, held("orders", ["insert"])], required)).toEqual(
      missing,
    );
    expect(missingRights("destination", [others, held("orders", ["find"])], required)).toEqual(
      missing,
    );
    // The program lists all collections of a database, with their indexes and sizes.
    const single = [held("", ["listCollections"]), held("orders", actions)];
    expect(missingRights("source", single, required)).toEqual([
      { database: "a", actions: ["listIndexes", "collStats"] },
    ]);
  });
});
