import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/model/facts.ts";
import type { Migration } from "../../src/model/migration.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import type { ObjectChange, Plan } from "../../src/model/plan.ts";
import { buildPlan } from "../../src/plan/build-plan.ts";
import { exact } from "../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ID_INDEX,
  indexFacts,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

const TTL = [["at", 1]] as const;
const source = collectionFacts("shop.orders", {
  options: exact(["validationLevel", "strict"]),
  indexes: [
    ID_INDEX,
    indexFacts("at_1", TTL, ["expireAfterSeconds", 60]),
    indexFacts("new_1", [["new", 1]]),
  ],
});
const standing = collectionFacts("shop.orders", {
  documentCount: 7,
  indexes: [
    ID_INDEX,
    indexFacts("at_1", TTL, ["expireAfterSeconds", 3600]),
    indexFacts("old_1", [["old", 1]]),
  ],
});

function migrationWith(onExisting: "refuse" | "replace" | "keep"): Migration {
  return sampleMigration([selection("shop", { collections: [entry("orders", { onExisting })] })]);
}

function plan(migration: Migration, facts: Facts): Plan {
  return buildPlan({ migration, facts, normalizedSpec: "spec" });
}

function only(made: Plan): ObjectChange {
  const [object, ...others] = made.objects;
  if (object === undefined || others.length > 0) throw new Error("not one object");
  return object;
}

function indexesOf({ indexes }: ObjectChange): Record<string, string> {
  return Object.fromEntries(indexes.map(({ name, change }) => [name, change]));
}

const DIFFERENT_OPTIONS = [{ name: "validationLevel", destination: null, desired: '"strict"' }];
const DIFFERENT_TTL = [{ name: "expireAfterSeconds", destination: "3600", desired: "60" }];

describe("diffObjects", () => {
  it("copies what is not there, with every index but that on _id, in a new database", () => {
    const made = plan(migrationWith("refuse"), factsOf([source]));
    expect(only(made)).toMatchObject({ change: "copy", existing: null, differences: [] });
    expect(indexesOf(only(made))).toEqual({ at_1: "create", new_1: "create" });
    expect(made.databases).toEqual([{ change: "create", name: "shop" }]);
  });

  it("shows what replacing destroys, and every option and index that will be another", () => {
    const made = plan(migrationWith("replace"), factsOf([source], [standing]));
    expect(only(made)).toMatchObject({
      change: "replace",
      existing: { documentCount: 7, dataBytes: 1_000, indexCount: 3, indexBytes: 100 },
      destroyed: { documentCount: 7, dataBytes: 1_000 },
      differences: DIFFERENT_OPTIONS,
    });
    expect(indexesOf(only(made))).toEqual({ at_1: "replace", new_1: "create", old_1: "drop" });
    expect(only(made).indexes[0]?.differences).toEqual(DIFFERENT_TTL);
    expect(made.databases).toEqual([{ change: "unchanged", name: "shop" }]);
  });

  it("I8 shows the same where it refuses, and does nothing", () => {
    const made = plan(migrationWith("refuse"), factsOf([source], [standing]));
    expect(made.actions).toEqual([]);
    expect(only(made)).toMatchObject({
      change: "refuse",
      existing: { documentCount: 7, indexCount: 3 },
      destroyed: null,
      differences: DIFFERENT_OPTIONS,
    });
    expect(indexesOf(only(made))).toEqual({ at_1: "keep", new_1: "skip", old_1: "extra" });
    expect(only(made).indexes[0]?.differences).toEqual(DIFFERENT_TTL);
  });

  it("I8 keeps what the spec says, with the figures of what is left, and makes no index", () => {
    const made = plan(migrationWith("keep"), factsOf([source], [standing]));
    expect(made.actions).toEqual([]);
    expect(made.warnings).toEqual([]);
    expect(only(made)).toMatchObject({
      change: "keep",
      existing: { documentCount: 7, dataBytes: 1_000, indexCount: 3, indexBytes: 100 },
      destroyed: null,
    });
    expect(indexesOf(only(made))).toEqual({ at_1: "keep", new_1: "skip", old_1: "extra" });
  });

  it("keeps another kind of object too, and names it", () => {
    const view = viewFacts("shop.orders", "raw");
    const made = plan(migrationWith("keep"), factsOf([source], [view]));
    expect(only(made)).toMatchObject({
      change: "keep",
      kind: "collection",
      existing: { kind: "view" },
    });
    expect(only(made).differences[0]).toEqual({
      name: "kind",
      destination: "view",
      desired: "collection",
    });
  });

  it("goes on with its own copy where keeping is asked for: nothing foreign stands there", () => {
    const owned = ownedTarget(source, "shop.orders", { isComplete: true });
    const facts = factsOf([source], [standing], { ownedTargets: [owned] });
    expect(only(plan(migrationWith("keep"), facts))).toMatchObject({ change: "unchanged" });
  });

  it("is unchanged after a completed run, and shows what has drifted since without touching it", () => {
    const owned = ownedTarget(source, "shop.orders", { isComplete: true });
    const same = factsOf([source], [source], { ownedTargets: [owned] });
    const made = plan(migrationWith("refuse"), same);
    expect(made.actions).toEqual([]);
    expect(only(made)).toMatchObject({ change: "unchanged", differences: [] });
    expect(indexesOf(only(made))).toEqual({ at_1: "unchanged", new_1: "unchanged" });

    const drifted = plan(
      migrationWith("refuse"),
      factsOf([source], [standing], { ownedTargets: [owned] }),
    );
    expect(drifted.actions).toEqual([]);
    expect(only(drifted)).toMatchObject({ change: "unchanged", differences: DIFFERENT_OPTIONS });
    expect(indexesOf(only(drifted))).toEqual({ at_1: "unchanged", new_1: "skip", old_1: "extra" });
    expect(drifted.warnings).toHaveLength(1);
  });

  it("takes a view's rewritten definition for what is desired", () => {
    const collections = [entry("orders", { as: "sales" }), entry("open")];
    const migration = sampleMigration([selection("shop", { collections })]);
    const open = viewFacts("shop.open", "orders");
    const made = plan(migration, factsOf([source, open]));
    const action = made.actions.find(({ kind }) => kind === "create-view");
    expect(action).toMatchObject({ options: viewFacts("shop.open", "sales").options });

    const there = [collectionFacts("shop.sales", source), viewFacts("shop.open", "sales")].map(
      (facts, i) => (i === 0 ? { ...facts, namespace: { db: "shop", coll: "sales" } } : facts),
    );
    const ownedTargets = [
      ownedTarget(source, "shop.sales", { isComplete: true, targetUuid: source.uuid }),
      ownedTarget(open, "shop.open", { isComplete: true }),
    ];
    const again = plan(migration, factsOf([source, open], there, { ownedTargets }));
    expect(again.actions).toEqual([]);
    expect(again.objects.map(({ change, differences }) => [change, differences])).toEqual([
      ["unchanged", []],
      ["unchanged", []],
    ]);
  });

  it("calls functions functions, and counts them", () => {
    const migration = sampleMigration([selection("shop")]);
    const functions = collectionFacts("shop.system.js", { documentCount: 3 });
    expect(only(plan(migration, factsOf([functions])))).toMatchObject({
      change: "copy",
      kind: "functions",
      documentCount: 3,
    });
  });

  it("lists what is left out last", () => {
    const migration = sampleMigration([selection("shop", { exclude: ["a"] })]);
    const made = plan(migration, factsOf([collectionFacts("shop.a"), source]));
    expect(made.objects.map(({ change, source: from }) => [change, formatNamespace(from)])).toEqual(
      [
        ["copy", "shop.orders"],
        ["skip", "shop.a"],
      ],
    );
  });

  it("covers by the digest what is kept: another answer than copying or replacing it", () => {
    const digests = [
      plan(migrationWith("keep"), factsOf([source], [standing])),
      plan(migrationWith("keep"), factsOf([source])),
      plan(migrationWith("replace"), factsOf([source], [standing])),
      plan(
        sampleMigration([selection("shop", { collections: [] })]),
        factsOf([source], [standing]),
      ),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(4);
  });

  it("refuses what the precheck fails on: another kind in the way, an index nobody builds, a view that would find nothing", () => {
    const view = viewFacts("shop.orders", "other");
    const overCollection = plan(migrationWith("replace"), factsOf([view], [standing]));
    expect(only(overCollection)).toMatchObject({
      change: "refuse",
      destroyed: null,
      existing: { kind: "collection", documentCount: 7 },
    });
    const overView = plan(migrationWith("replace"), factsOf([source], [view]));
    expect(only(overView)).toMatchObject({ change: "refuse", existing: { kind: "view" } });
    expect([...overCollection.actions, ...overView.actions]).toEqual([]);

    const haystack = indexFacts("h", [["at", "geoHaystack"]]);
    const old = collectionFacts("shop.orders", { indexes: [ID_INDEX, haystack] });
    const made = only(plan(migrationWith("refuse"), factsOf([old])));
    expect(made.change).toBe("copy");
    expect(indexesOf(made)).toEqual({ h: "refuse" });

    const unknown = collectionFacts("shop.orders", { options: exact(["newer", true]) });
    expect(only(plan(migrationWith("refuse"), factsOf([unknown]))).change).toBe("refuse");

    const lookup = viewFacts("shop.v", "orders");
    const elsewhere = sampleMigration([
      selection("shop", { as: "a", collections: [entry("v")] }),
      selection("shop", { as: "b", collections: [entry("orders")] }),
    ]);
    const refused = plan(elsewhere, factsOf([lookup, source])).objects;
    expect(refused).toMatchObject([
      { change: "refuse", kind: "view", existing: null },
      { change: "copy" },
    ]);
  });
});
