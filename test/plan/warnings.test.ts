import { describe, expect, it } from "vitest";
import type { Connection, ConnectionAddress, Migration } from "../../src/model/migration.ts";
import { listWarnings } from "../../src/plan/warnings.ts";
import { createCollection, createView } from "../report/sample-plan.ts";
import { sampleMigration, selection } from "../support/sample-facts.ts";

const migration = sampleMigration([selection("shop")]);
const FULL =
  "A full migration copies each document at the time it is read: nothing should write to the source until it has completed";

function apsaraWith(changes: Partial<Extract<ConnectionAddress, { kind: "parts" }>>): Migration {
  const destination: Connection = {
    ...migration.destination,
    name: "apsaradb",
    provider: "apsaradb",
    address: {
      kind: "parts",
      host: "dds-1.mongodb.rds.aliyuncs.com",
      isSrv: false,
      port: 3717,
      replicaSet: null,
      authDatabase: "shop",
      username: { kind: "text", text: "root" },
      passwordEnv: "PASSWORD",
      ...changes,
    },
  };
  return { ...migration, destination };
}

describe("listWarnings", () => {
  it("names what is overwritten, before anything else", () => {
    const replacing = createCollection("shop.a", "store.a", {
      kind: "replace-collection",
      replaces: { documentCount: 1, dataBytes: 10 },
    });
    const view = createView("shop.v", "store.v", "replace-view");
    expect(listWarnings(migration, [replacing, view])).toEqual([
      "Overwrites store.a at the destination (1 document)",
      "Overwrites the view store.v at the destination",
      FULL,
    ]);
  });

  it("says that nothing should write to the source, where something is copied", () => {
    expect(listWarnings(migration, [createCollection("shop.a", "store.a")])).toEqual([FULL]);
    expect(listWarnings(migration, [])).toEqual([]);
    const incremental = { ...migration, mode: "full-and-incremental" } as const;
    expect(listWarnings(incremental, [createCollection("shop.a", "store.a")])).toEqual([]);
  });

  it("knows where ApsaraDB keeps its root user", () => {
    expect(listWarnings(apsaraWith({}), [])).toEqual([
      "apsaradb: the authentication database of ApsaraDB's root user is admin, not shop",
    ]);
    expect(listWarnings(apsaraWith({ authDatabase: "admin" }), [])).toEqual([]);
    expect(listWarnings(apsaraWith({ username: { kind: "text", text: "ferry" } }), [])).toEqual([]);
    expect(listWarnings(apsaraWith({ username: { kind: "env", env: "USER" } }), [])).toEqual([]);
  });
});
