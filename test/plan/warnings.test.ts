import { describe, expect, it } from "vitest";
import type { Connection, ConnectionAddress, Migration } from "../../src/model/migration.ts";
import type { CollectionFacts } from "../../src/model/facts.ts";
import { type SelectedObject, selectObjects } from "../../src/model/select-objects.ts";
import { listWarnings, untilCutoverWarnings } from "../../src/plan/warnings.ts";
import { createCollection, createView, exact } from "../report/sample-plan.ts";
import {
  collectionFacts,
  type Entry,
  factsOf,
  ID_INDEX,
  indexFacts,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

const migration = sampleMigration([selection("shop")]);
const FOLLOWING: Migration = { ...migration, mode: "full-and-incremental" };
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
    expect(listWarnings(migration, [replacing, view], [])).toEqual([
      "Overwrites store.a at the destination (1 document)",
      "Overwrites the view store.v at the destination",
      FULL,
    ]);
  });

  it("says that nothing should write to the source, where something is copied", () => {
    expect(listWarnings(migration, [createCollection("shop.a", "store.a")], [])).toEqual([FULL]);
    expect(listWarnings(migration, [], [])).toEqual([]);
    expect(listWarnings(FOLLOWING, [createCollection("shop.a", "store.a")], [])).toEqual([]);
  });

  it("knows where ApsaraDB keeps its root user", () => {
    expect(listWarnings(apsaraWith({}), [], [])).toEqual([
      "apsaradb: the authentication database of ApsaraDB's root user is admin, not shop",
    ]);
    expect(listWarnings(apsaraWith({ authDatabase: "admin" }), [], [])).toEqual([]);
    expect(listWarnings(apsaraWith({ username: { kind: "text", text: "ferry" } }), [], [])).toEqual(
      [],
    );
    expect(listWarnings(apsaraWith({ username: { kind: "env", env: "USER" } }), [], [])).toEqual(
      [],
    );
  });
});

/** The objects that a migration of the database `shop` to `store` makes of these. */
function objectsOf(...source: readonly CollectionFacts[]): readonly SelectedObject[] {
  const renamed = sampleMigration([selection("shop", { as: "store" })]);
  return selectObjects(renamed, factsOf(source)).objects;
}

function withIndexes(name: string, ...options: readonly (readonly Entry[])[]): CollectionFacts {
  const indexes = options.map((each, at) => indexFacts(`i${at}`, [[`f${at}`, 1]], ...each));
  return collectionFacts(name, { indexes: [ID_INDEX, ...indexes] });
}

describe("untilCutoverWarnings", () => {
  it("names nothing of plain collections, and of the indexes that come with them", () => {
    const clustered = indexFacts("_id_", [["_id", 1]], ["clustered", true], ["unique", true]);
    const objects = objectsOf(
      withIndexes("shop.a", [], [["sparse", true]], [["unique", false]], [["hidden", false]]),
      collectionFacts("shop.b", {
        options: exact(["clusteredIndex", new Map([["unique", true]])]),
        indexes: [clustered],
      }),
      viewFacts("shop.v", "a"),
    );
    expect(untilCutoverWarnings(objects)).toEqual([]);
  });

  it("names the indexes that are built otherwise, under their collections' names at the destination", () => {
    const orders = withIndexes(
      "shop.orders",
      [["unique", true]],
      [],
      [["expireAfterSeconds", 0]],
      [["hidden", true]],
      [["prepareUnique", true]],
    );
    expect(untilCutoverWarnings(objectsOf(orders))).toEqual([
      "4 indexes are unique, expire documents or are hidden: until cutover they are built without that, as duplicates may come and go while changes are followed: store.orders i0, store.orders i2, store.orders i3, store.orders i4",
    ]);
    // A flag of an old server, which becomes true.
    expect(untilCutoverWarnings(objectsOf(withIndexes("shop.old", [["unique", 1]])))).toEqual([
      "1 index is unique, expires documents or is hidden: until cutover it is built without that, as duplicates may come and go while changes are followed: store.old i0",
    ]);
  });

  it("names the capped collections that are larger for a while", () => {
    const options = exact(["capped", true], ["size", 4_096]);
    const capped = (name: string) => collectionFacts(name, { options });
    expect(untilCutoverWarnings(objectsOf(capped("shop.a")))).toEqual([
      "1 collection is capped: until cutover it is larger at the destination, so that no document goes there before it goes at the source: store.a",
    ]);
    const [warning] = untilCutoverWarnings(
      objectsOf(...[..."abcdefg"].map((c) => capped(`shop.${c}`))),
    );
    expect(warning).toContain("7 collections are capped: until cutover they are larger at");
    expect(warning).toContain("store.e and 2 more");
  });

  it("is part of a plan that follows changes, as long as there is something to do", () => {
    const objects = objectsOf(withIndexes("shop.a", [["unique", true]]));
    const actions = [createCollection("shop.a", "store.a")];
    expect(listWarnings(FOLLOWING, actions, objects)).toEqual(untilCutoverWarnings(objects));
    expect(listWarnings(FOLLOWING, [], [])).toEqual([]);
    expect(listWarnings(migration, actions, objects)).toEqual([FULL]);
  });
});
