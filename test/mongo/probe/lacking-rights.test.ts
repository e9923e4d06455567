import { describe, expect, it } from "vitest";
import { grantCommands, lackingRights } from "../../../src/mongo/probe/lacking-rights.ts";
import { target } from "./probe-values.ts";

describe("grantCommands", () => {
  it("grants the built-in role of each end on each database, where the user is", () => {
    const missing = [
      { database: "store", actions: ["insert"] },
      { database: "mongoferry", actions: ["insert"] },
    ];
    const where = { ...target, authDatabase: "accounts" };
    expect(grantCommands("destination", missing, where, "ann")).toEqual([
      'db.getSiblingDB("accounts").grantRolesToUser("ann", [{"role":"readWrite","db":"store"},{"role":"readWrite","db":"mongoferry"}])',
    ]);
  });

  it("lets no name out of its quotes", () => {
    const missing = [{ database: 'x"}]); db.dropDatabase(); //\u202e', actions: ["find"] }];
    const [command = ""] = grantCommands("source", missing, target, '"); evil("');
    expect(command).toContain(String.raw`"\"); evil(\""`);
    expect(command).toContain(String.raw`x\"}]); db.dropDatabase(); //\u202e"`);
  });
});

describe("lackingRights", () => {
  it("does not show a user that comes from the environment", () => {
    const missing = [{ database: "shop", actions: ["find"] }];
    const { remedy } = lackingRights("source", missing, target, null);
    expect(remedy).toContain('grantRolesToUser("<the user in DB_URI>"');
  });

  it("sends users of Atlas to its own list of users", () => {
    const missing = [
      { database: null, actions: ["listDatabases"] },
      { database: "shop", actions: ["find"] },
    ];
    const { cause, remedy } = lackingRights(
      "source",
      missing,
      { ...target, provider: "atlas" },
      null,
    );
    expect(cause).toContain('listDatabases on the cluster; find on database "shop"');
    expect(remedy).toContain("Database Access");
    expect(remedy).toContain('read on "shop"');
  });
});
