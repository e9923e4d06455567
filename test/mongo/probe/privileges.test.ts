import { describe, expect, it } from "vitest";
import { missingRights, requiredRights } from "../../../src/mongo/probe/privileges.ts";

const REQUEST = {
  role: "source",
  databases: ["a"],
  metadataDatabase: "meta",
  needsDatabaseList: true,
} as const;

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
    expect(missingRights([], required)).toEqual(required);
    const all = [{ resource: { anyResource: true }, actions: required.flatMap((r) => r.actions) }];
    expect(missingRights(all, required)).toEqual([]);
  });
});
