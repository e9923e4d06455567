import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CollectionFacts, Facts } from "../../src/model/facts.ts";
import type { Migration } from "../../src/model/migration.ts";
import { formatNamespace } from "../../src/model/namespace.ts";
import type { ObjectChangeKind, Plan, PlanAction } from "../../src/model/plan.ts";
import { buildPlan } from "../../src/plan/build-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  indexFacts,
  ownedTarget,
  reachable,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";
import { exact } from "../report/sample-plan.ts";

const A_INDEX = indexFacts("a_1", [["a", 1]]);
const orders = collectionFacts("shop.orders", {
  indexes: [...collectionFacts("shop.orders").indexes, A_INDEX],
});
const open = viewFacts("shop.open", "orders");
const whole = sampleMigration([selection("shop", { as: "store" })]);
const replacing = sampleMigration([
  selection("shop", {
    as: "store",
    collections: [entry("orders", { onExisting: "replace" }), entry("*")],
  }),
]);

function plan(migration: Migration, facts: Facts): Plan {
  return buildPlan({ migration, facts, normalizedSpec: "spec" });
}

function describeAction(action: PlanAction): string {
  const detail = action.kind === "create-index" ? ` ${action.index}` : "";
  return `${action.kind} ${formatNamespace(action.target)}${detail}`;
}

function outline(made: Plan): Record<string, readonly string[]> {
  return {
    actions: made.actions.map(describeAction),
    unchanged: targetsOf(made, "unchanged"),
    refused: targetsOf(made, "refuse"),
  };
}

function targetsOf({ objects }: Plan, kind: ObjectChangeKind): readonly string[] {
  return objects
    .filter(({ change }) => change === kind)
    .map(({ source, target }) => formatNamespace(target ?? source));
}

/** The target as a run leaves it: ours, with the UUID that its record has. */
function standing(changes: Partial<CollectionFacts> = {}): CollectionFacts {
  return collectionFacts("store.orders", changes);
}

describe("buildPlan", () => {
  it("creates collections, their indexes but that on _id, and views", () => {
    const made = plan(whole, factsOf([orders, open]));
    expect(outline(made)).toEqual({
      actions: [
        "create-view store.open",
        "create-collection store.orders",
        "create-index store.orders a_1",
      ],
      unchanged: [],
      refused: [],
    });
    expect(made.actions[1]).toMatchObject({
      source: { db: "shop", coll: "orders" },
      sourceUuid: "uuid of shop.orders",
      documentCount: 10,
      dataBytes: 1_000,
      indexBytes: 100,
      replaces: null,
      isResumable: false,
      existingUuid: null,
    });
    expect(made.actions[2]).toMatchObject({ spec: A_INDEX.spec });
    expect(made).toMatchObject({
      migration: "shop-move",
      source: { connection: "source", version: "6.0.5" },
      estimate: { documentCount: 10 },
    });
  });

  it("I8 refuses what exists and is not named as replaceable, and plans nothing for it", () => {
    const made = plan(whole, factsOf([orders], [standing()]));
    expect(outline(made)).toEqual({ actions: [], unchanged: [], refused: ["store.orders"] });
  });

  it("replaces what is named, and shows what is destroyed", () => {
    const made = plan(
      replacing,
      factsOf([orders], [standing({ documentCount: 99, dataBytes: 9 })]),
    );
    expect(outline(made).actions).toEqual([
      "create-index store.orders a_1",
      "replace-collection store.orders",
    ]);
    expect(made.actions[1]).toMatchObject({
      replaces: { documentCount: 99, dataBytes: 9 },
      existingUuid: "uuid of store.orders",
    });
    expect(made.warnings[0]).toBe("Overwrites store.orders at the destination (99 documents)");
  });

  it("lists what is left out", () => {
    const migration = sampleMigration([selection("shop", { exclude: ["o*"] })]);
    const made = plan(migration, factsOf([orders, collectionFacts("shop.carts")]));
    expect(targetsOf(made, "skip")).toEqual(["shop.orders"]);
    expect(outline(made).actions).toEqual(["create-collection shop.carts"]);
  });

  it("I8 has no action outside the targets that the spec maps to", () => {
    const names = fc.uniqueArray(
      fc.constantFrom("shop.a", "shop.b", "shop.tmp_a", "shop.system.js", "crm.a", "admin.a"),
    );
    fc.assert(
      fc.property(names, names, fc.boolean(), (source, destination, isReplacing) => {
        const collections = [
          entry("a", { as: "b", onExisting: isReplacing ? "replace" : "refuse" }),
          entry("*"),
        ];
        const migration = sampleMigration([
          selection("shop", { as: "store", collections, exclude: ["tmp_*"] }),
          selection("*", { collections: [entry("a")] }),
        ]);
        const facts = factsOf(
          source.map((name) => collectionFacts(name, { indexes: orders.indexes })),
          destination.map((name) => collectionFacts(name.replace("shop", "store"))),
        );
        const { actions } = plan(migration, facts);
        for (const { source: from, target } of actions) {
          expect(source).toContain(formatNamespace(from));
          expect(["store.b", "shop.a", "crm.a"]).toContain(formatNamespace(target));
        }
        const overwritten = actions.filter(({ kind }) => kind.startsWith("replace"));
        if (!isReplacing) expect(overwritten).toEqual([]);
        for (const action of actions) {
          if (!("existingUuid" in action) || action.existingUuid === null) continue;
          expect(action.kind).toBe("replace-collection");
        }
      }),
    );
  });
});

describe("buildPlan, digest", () => {
  const digest = plan(whole, factsOf([orders, open])).digest;

  it("R13 stays while only counts, sizes, UUIDs and versions move", () => {
    const moved = { ...orders, uuid: "another", documentCount: 7, dataBytes: 7, indexBytes: 7 };
    const facts = factsOf([moved, open], [], {
      source: reachable("source", { version: "6.0.27", freeDiskBytes: 1 }),
    });
    expect(plan(whole, facts).digest).toBe(digest);
  });

  it("R13 does not depend on the order in which indexes and objects are listed", () => {
    const indexes = [A_INDEX, indexFacts("b_1", [["b", 1]]), indexFacts("a_-1", [["a", -1]])];
    const source = [collectionFacts("shop.a", { indexes }), collectionFacts("shop.b")];
    const turned = source
      .map((facts) => ({ ...facts, indexes: facts.indexes.toReversed() }))
      .toReversed();
    expect(plan(whole, factsOf(turned)).digest).toBe(plan(whole, factsOf(source)).digest);
  });

  it.each<readonly [string, Facts]>([
    ["an object more", factsOf([orders, open, collectionFacts("shop.carts")])],
    ["an object less", factsOf([orders])],
    ["another option", factsOf([{ ...orders, options: exact(["validationLevel", "off"]) }, open])],
    ["an index less", factsOf([collectionFacts("shop.orders"), open])],
    ["another view", factsOf([orders, viewFacts("shop.open", "carts")])],
    ["a target that exists", factsOf([orders, open], [standing()])],
  ])("R13 changes with %s", (_, facts) => {
    expect(plan(whole, facts).digest).not.toBe(digest);
  });

  it("R13 changes when something has to be replaced since", () => {
    const free = plan(replacing, factsOf([orders]));
    const taken = plan(replacing, factsOf([orders], [standing()]));
    expect(taken.digest).not.toBe(free.digest);
  });

  it("R13 changes with the spec", () => {
    const other = buildPlan({
      migration: whole,
      facts: factsOf([orders, open]),
      normalizedSpec: "other",
    });
    expect(other.digest).not.toBe(digest);
  });
});

describe("buildPlan, while a run is in progress", () => {
  const source = [orders, open];
  const fresh = plan(whole, factsOf(source));
  const runDigest = fresh.digest;
  const record = { planDigest: runDigest };
  const ordersRecord = ownedTarget(orders, "store.orders", record);
  const openRecord = ownedTarget(open, "store.open", record);

  it.each<readonly [string, Partial<Facts>]>([
    ["nothing is made yet", {}],
    ["a creation was recorded only", { ownedTargets: [{ ...ordersRecord, targetUuid: null }] }],
    [
      "a creation's end was not recorded",
      {
        ownedTargets: [{ ...ordersRecord, targetUuid: null }],
        destinationCollections: [standing({ documentCount: 0 })],
      },
    ],
    [
      "a copy is half done",
      { ownedTargets: [ordersRecord], destinationCollections: [standing({ documentCount: 5 })] },
    ],
    [
      "all is complete",
      {
        ownedTargets: [
          { ...ordersRecord, isComplete: true },
          { ...openRecord, isComplete: true },
        ],
        destinationCollections: [standing(), viewFacts("store.open", "orders")],
      },
    ],
    ["its target was dropped", { ownedTargets: [{ ...ordersRecord, isComplete: true }] }],
  ])("I3 stays the plan that was approved: %s", (_, changes) => {
    const made = plan(whole, factsOf(source, [], { runDigest, ...changes }));
    expect(made.digest).toBe(runDigest);
    expect(outline(made)).toEqual(outline(fresh));
  });

  it.each([
    ["a half-done copy is dropped, not gone on with", false, ["create-collection"]],
    ["a complete one is not taken for its own", true, []],
  ])("I8 of a target that was copied with another filter, %s", (_, isComplete, kinds) => {
    const filtered = sampleMigration([
      selection("shop", { collections: [entry("orders", { filter: '{"a": 1}' })] }),
    ]);
    const owned = ownedTarget(orders, "shop.orders", { filter: null, isComplete });
    const facts = factsOf([orders], [collectionFacts("shop.orders", { uuid: owned.targetUuid })], {
      ownedTargets: [owned],
    });
    const made = plan(filtered, facts);
    const actions = made.actions.filter(({ kind }) => kind !== "create-index");
    expect(actions.map(({ kind }) => kind)).toEqual(kinds);
    expect(outline(made).refused).toHaveLength(isComplete ? 1 : 0);
    for (const action of actions) expect(action).toMatchObject({ isResumable: false });
  });

  it("I3 stays the plan that was approved when it has replaced something before", () => {
    const before = factsOf([orders], [standing({ uuid: "theirs", documentCount: 99 })]);
    const approved = plan(replacing, before);
    const replaced = { documentCount: 99, dataBytes: 1_000 };
    const replacer = ownedTarget(orders, "store.orders", {
      planDigest: approved.digest,
      replaced,
    });
    const afterwards: readonly Partial<Facts>[] = [
      { destinationCollections: before.destinationCollections },
      { destinationCollections: [], ownedTargets: [{ ...replacer, targetUuid: null }] },
      {
        destinationCollections: [standing({ documentCount: 0 })],
        ownedTargets: [{ ...replacer, targetUuid: null }],
      },
      { destinationCollections: [standing()], ownedTargets: [replacer] },
      {
        destinationCollections: [standing()],
        ownedTargets: [{ ...replacer, isComplete: true }],
      },
    ];
    for (const changes of afterwards) {
      const facts = factsOf([orders], [], { runDigest: approved.digest, ...changes });
      const made = plan(replacing, facts);
      expect(made.digest).toBe(approved.digest);
      expect(made.actions[1]).toMatchObject({ kind: "replace-collection", replaces: replaced });
    }
  });

  it("knows what can be gone on with", () => {
    const optioned = standing({ options: exact(["validationLevel", "off"]) });
    const resumable = [standing(), optioned].map((target) => {
      const facts = factsOf([orders], [target], { ownedTargets: [ordersRecord] });
      const [action] = plan(whole, facts).actions;
      return action !== undefined && "isResumable" in action && action.isResumable;
    });
    expect(resumable).toEqual([true, false]);
  });

  it("marks a view that is in place", () => {
    const facts = factsOf([open], [viewFacts("store.open", "orders")], {
      ownedTargets: [openRecord],
    });
    expect(plan(whole, facts).actions).toMatchObject([{ kind: "create-view", isInPlace: true }]);
    expect(plan(whole, factsOf([open])).actions).toMatchObject([{ isInPlace: false }]);
  });

  it("leaves what is complete, and plans the rest anew, once the run's plan no longer holds", () => {
    const facts = factsOf([...source, collectionFacts("shop.carts")], [standing()], {
      runDigest,
      ownedTargets: [{ ...ordersRecord, isComplete: true }],
    });
    expect(outline(plan(whole, facts))).toEqual({
      actions: ["create-collection store.carts", "create-view store.open"],
      unchanged: ["store.orders"],
      refused: [],
    });
  });

  it("has nothing to do after the run", () => {
    const facts = factsOf(source, [standing(), viewFacts("store.open", "orders")], {
      ownedTargets: [
        { ...ordersRecord, isComplete: true },
        { ...openRecord, isComplete: true },
      ],
    });
    expect(outline(plan(whole, facts))).toEqual({
      actions: [],
      unchanged: ["store.open", "store.orders"],
      refused: [],
    });
  });

  it("I8 refuses what has taken the place of its own work", () => {
    const facts = factsOf([orders], [standing({ uuid: "theirs" })], {
      runDigest,
      ownedTargets: [ordersRecord],
    });
    expect(outline(plan(whole, facts)).refused).toEqual(["store.orders"]);
  });
});
