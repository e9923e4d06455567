import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runSettlement } from "../../src/apply/run-settlement.ts";
import { decideSettlement, type SettleStep } from "../../src/apply/settle-targets.ts";
import { UserError } from "../../src/base/errors.ts";
import { digestOptions } from "../../src/model/compare-definitions.ts";
import type { CollectionFacts } from "../../src/model/facts.ts";
import { formatNamespace, type Namespace } from "../../src/model/namespace.ts";
import { selectObjects } from "../../src/model/select-objects.ts";
import type { CollectionRecord, Lease } from "../../src/ports.ts";
import { exact, namespace } from "../report/sample-plan.ts";
import {
  collectionFacts,
  entry,
  factsOf,
  ownedTarget,
  sampleMigration,
  selection,
  viewFacts,
} from "../support/sample-facts.ts";

const MIGRATION = sampleMigration([selection("shop", { as: "store" })], {
  mode: "full-and-incremental",
});
const lease = { migration: "m", signal: new AbortController().signal } as Lease;

function recordOf(
  source: CollectionFacts,
  target: string,
  changes: Partial<CollectionRecord> = {},
): CollectionRecord {
  return {
    ...ownedTarget(source, target),
    state: "done",
    isComplete: true,
    partitionCount: 1,
    runSeq: 1,
    indexes: [],
    viewDigest: source.kind === "view" ? digestOptions(source.options) : null,
    ...changes,
  };
}

/** What stands where a record says. */
function standingOf(record: CollectionRecord): CollectionFacts {
  return collectionFacts(formatNamespace(record.target), { uuid: record.targetUuid });
}

function decide(
  source: readonly CollectionFacts[],
  records: readonly CollectionRecord[],
  standing = records.map(standingOf),
  migration = MIGRATION,
): readonly SettleStep[] {
  const facts = factsOf(source, standing, { ownedTargets: records });
  const { objects } = selectObjects(migration, facts);
  return decideSettlement({ objects, records, sources: source, standing, runSeq: 1 });
}

function outline(steps: readonly SettleStep[]): readonly string[] {
  return steps.map((step) => {
    const from = formatNamespace(step.record.target);
    return step.kind === "rename"
      ? `rename ${from} to ${formatNamespace(step.target)}`
      : `${step.kind} ${from}`;
  });
}

describe("decideSettlement", () => {
  const orders = collectionFacts("shop.orders");

  it("finds nothing to do where everything is in place", () => {
    expect(decide([orders], [recordOf(orders, "store.orders")])).toEqual([]);
  });

  it("drops what is gone from the source, or was made anew under its name", () => {
    const record = recordOf(orders, "store.orders");
    expect(outline(decide([], [record]))).toEqual(["drop store.orders"]);
    const anew = collectionFacts("shop.orders", { uuid: "another" });
    expect(outline(decide([anew], [record]))).toEqual(["drop store.orders"]);
  });

  it("renames what was renamed, also where another collection has its old name", () => {
    const renamed = { ...orders, namespace: namespace("shop.orders_v2") };
    const anew = collectionFacts("shop.orders", { uuid: "another" });
    expect(outline(decide([renamed, anew], [recordOf(orders, "store.orders")]))).toEqual([
      "rename store.orders to store.orders_v2",
    ]);
  });

  it("begins a copy anew that was not complete when its source was renamed", () => {
    const renamed = { ...orders, namespace: namespace("shop.orders_v2") };
    const record = recordOf(orders, "store.orders", { state: "copying" });
    expect(outline(decide([renamed], [record]))).toEqual(["drop store.orders"]);
  });

  it("copies anew across databases, and under another filter", () => {
    const migration = sampleMigration(
      [
        selection("shop", { as: "store", collections: [entry("orders")] }),
        selection("shop", { as: "attic", collections: [entry("old_*")] }),
        selection("shop", { as: "store", collections: [entry("some", { filter: "{}" })] }),
      ],
      { mode: "full-and-incremental" },
    );
    for (const name of ["shop.old_orders", "shop.some"]) {
      const renamed = { ...orders, namespace: namespace(name) };
      const record = recordOf(orders, "store.orders");
      const steps = decide([renamed], [record], [standingOf(record)], migration);
      expect(outline(steps)).toEqual(["drop store.orders"]);
    }
  });

  it("I8 leaves what only the spec leaves out now, or means for another target", () => {
    const record = recordOf(orders, "store.orders");
    for (const selected of [
      selection("shop", { as: "store", exclude: ["orders"] }),
      selection("shop", { as: "store", collections: [entry("orders", { as: "sales" })] }),
      selection("crm"),
    ]) {
      const migration = sampleMigration([selected], { mode: "full-and-incremental" });
      const steps = decide([orders], [record], [standingOf(record)], migration);
      expect(outline(steps)).toEqual(["release store.orders"]);
      const begun = { ...record, state: "copying" } as const;
      const dropped = decide([orders], [begun], [standingOf(begun)], migration);
      expect(outline(dropped)).toEqual(["drop store.orders"]);
    }
  });

  it("drops what was renamed out of the selection", () => {
    const migration = sampleMigration([selection("shop", { exclude: ["tmp_*"] })], {
      mode: "full-and-incremental",
    });
    const renamed = { ...orders, namespace: namespace("shop.tmp_orders") };
    const record = recordOf(orders, "shop.orders");
    expect(outline(decide([renamed], [record], [standingOf(record)], migration))).toEqual([
      "drop shop.orders",
    ]);
  });

  it("I8 forgets what somebody else has dropped or replaced, and never drops that", () => {
    const record = recordOf(orders, "store.orders");
    expect(outline(decide([orders], [record], []))).toEqual(["forget store.orders"]);
    const foreign = collectionFacts("store.orders", { uuid: "foreign" });
    expect(outline(decide([], [record], [foreign]))).toEqual(["forget store.orders"]);
  });

  it("I8 leaves what an earlier run has made", () => {
    expect(decide([], [recordOf(orders, "store.orders", { runSeq: 0 })])).toEqual([]);
  });

  it("I8 drops the work of a creation in doubt only while it is empty", () => {
    const record = recordOf(orders, "store.orders", { targetUuid: null, state: "copying" });
    const made = collectionFacts("store.orders", { uuid: "made", documentCount: 0 });
    expect(outline(decide([], [record], [made]))).toEqual(["drop store.orders"]);
    const filled = { ...made, documentCount: 1 };
    expect(outline(decide([], [record], [filled]))).toEqual(["forget store.orders"]);
    expect(outline(decide([orders], [record], [made]))).toEqual([]);
    // The source's options were changed after it was made, and nobody goes on with it as it is.
    const changed = { ...orders, options: exact(["validator", [["a", 1]]]) };
    expect(outline(decide([changed], [record], [made]))).toEqual(["drop store.orders"]);
    expect(outline(decide([changed], [record], [filled]))).toEqual([]);
    const indexed = { ...made, indexes: [...made.indexes, ...made.indexes] };
    expect(outline(decide([changed], [record], [indexed]))).toEqual([]);
  });

  it("makes a view anew whose definition has changed, and drops one that is gone", () => {
    const view = viewFacts("shop.rich", "orders");
    const record = recordOf(view, "store.rich");
    const standing = viewFacts("store.rich", "orders");
    expect(decide([view], [record], [standing])).toEqual([]);
    const changed = { ...view, options: exact(["viewOn", "orders"], ["pipeline", [1]]) };
    expect(outline(decide([changed], [record], [standing]))).toEqual(["drop store.rich"]);
    expect(outline(decide([], [record], [standing]))).toEqual(["drop store.rich"]);
    expect(outline(decide([view], [record], []))).toEqual(["forget store.rich"]);
  });

  it("I8 leaves a view that somebody else has put in the place of ours", () => {
    const view = viewFacts("shop.rich", "orders");
    const record = recordOf(view, "store.rich");
    const foreign = viewFacts("store.rich", "items");
    const changed = { ...view, options: exact(["viewOn", "orders"], ["pipeline", [1]]) };
    for (const sources of [[], [view], [changed]]) {
      expect(outline(decide(sources, [record], [foreign]))).toEqual(["disown store.rich"]);
    }
    // Of versions that did not keep the definition, nobody knows.
    const unknown = { ...record, viewDigest: null };
    const standing = viewFacts("store.rich", "orders");
    expect(outline(decide([], [unknown], [standing]))).toEqual(["disown store.rich"]);
  });

  it("looks for each of very many collections only in its own place", () => {
    const many = Array.from({ length: 2_000 }, (_, n) => collectionFacts(`shop.c${n}`));
    let looks = 0;
    const noting = <T extends object>(value: T): T =>
      new Proxy(value, {
        get: (target, name): unknown => {
          if (name === "target") looks++;
          return Reflect.get(target, name);
        },
      });
    const records = many.map((each) => recordOf(each, `store.${each.namespace.coll}`));
    const standing = records.map(standingOf);
    const facts = factsOf(many, standing, { ownedTargets: records });
    const objects = selectObjects(MIGRATION, facts).objects.map(noting);
    looks = 0;
    expect(decideSettlement({ objects, records, sources: many, standing, runSeq: 1 })).toEqual([]);
    expect(looks).toBeLessThan(10 * many.length);
  });
});

const NAMES = ["a", "b", "c", "d", "e"];
const UUIDS = ["u1", "u2", "u3", "u4"];

/** Which name each collection of the source has; null: none. */
const state = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 4, maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  )
  .map(([names, isThere]) =>
    UUIDS.map((_, at) => (isThere[at] === true ? (names[at] ?? null) : null)),
  );

class Crash extends Error {}

describe("runSettlement", () => {
  it("I3 I8 brings any collections to any other names, interrupted anywhere, and touches nothing else", async () => {
    const property = fc.asyncProperty(
      state,
      fc.array(state, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(8), { maxLength: 6 }),
      async (start, later, crashes) => {
        const world = new World(start);
        const left = [...crashes];
        for (const next of later) {
          for (;;) {
            const crashAfter = left.shift() ?? Number.POSITIVE_INFINITY;
            try {
              await world.settle(next, crashAfter);
              break;
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
            }
          }
          const known = new Set(start.flatMap((name, at) => (name === null ? [] : [UUIDS[at]])));
          const expected = next.flatMap((name, at) =>
            name === null || !known.has(UUIDS[at]) ? [] : [`store.${name}=t${UUIDS[at]}`],
          );
          // What is gone once does not come back by settling: it is copied.
          next.forEach((name, at) => {
            if (name === null) start[at] = null;
          });
          expect(world.standing()).toEqual([...expected, "store.zz=foreign"].toSorted());
          expect(world.recorded()).toEqual(expected.toSorted());
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it("I8 says that a view stays which was put in the place of ours in the last moment", async () => {
    const record = recordOf(viewFacts("shop.rich", "orders"), "store.rich");
    const said: string[] = [];
    const asked: unknown[] = [];
    await runSettlement([{ kind: "drop", record, uuid: null }], [record.target], {
      lease,
      retry: async (run) => run(),
      onStep: (text) => said.push(text),
      store: { putCollectionRecord: async () => {}, deleteCollectionRecord: async () => {} },
      destination: {
        countDocuments: async () => 0,
        dropNamespace: async () => expect.unreachable(),
        renameCollection: async () => expect.unreachable(),
        dropView: async (_, digest) => {
          asked.push(digest);
          return false;
        },
      },
    });
    expect(asked).toEqual([record.viewDigest]);
    expect(said.at(-1)).toContain("store.rich stays as it is");
  });

  it("I8 names what is in the way of a rename instead of overwriting it", async () => {
    const world = new World(["a", null, null, null]);
    world.destination.set("store.b", "foreign too");
    await expect(world.settle(["b", null, null, null], 99)).rejects.toThrow(UserError);
    expect(world.standing()).toContain("store.b=foreign too");
    expect(world.standing()).toContain("store.a=tu1");
  });
});

/** A destination with its records; both change only by the steps taken. */
class World {
  readonly destination = new Map<string, string>([["store.zz", "foreign"]]);
  readonly #records = new Map<string, CollectionRecord>();

  constructor(start: readonly (string | null)[]) {
    for (const source of sourceOf(start)) {
      const target = `store.${source.namespace.coll}`;
      this.destination.set(target, `t${source.uuid}`);
      this.#records.set(target, recordOf(source, target, { targetUuid: `t${source.uuid}` }));
    }
  }

  standing(): readonly string[] {
    return [...this.destination].map(([name, uuid]) => `${name}=${uuid}`).toSorted();
  }

  recorded(): readonly string[] {
    return [...this.#records].map(([name, { targetUuid }]) => `${name}=${targetUuid}`).toSorted();
  }

  async settle(source: readonly (string | null)[], crashAfter: number): Promise<void> {
    const standing = [...this.destination].map(([name, uuid]) => collectionFacts(name, { uuid }));
    const records = [...this.#records.values()];
    const steps = decide(sourceOf(source), records, standing);
    let left = crashAfter;
    const write = async (change: () => void): Promise<void> => {
      if (left-- <= 0) throw new Crash();
      change();
    };
    await runSettlement(
      steps,
      standing.map((each) => each.namespace),
      {
        lease,
        retry: async (run) => run(),
        onStep: () => {},
        store: {
          putCollectionRecord: async (_, record) =>
            write(() => this.#records.set(formatNamespace(record.target), record)),
          deleteCollectionRecord: async (_, target) =>
            write(() => this.#records.delete(formatNamespace(target))),
        },
        destination: {
          countDocuments: async () => 0,
          dropView: async () => true,
          dropNamespace: async (target, uuid) =>
            write(() => {
              expect(this.destination.get(formatNamespace(target))).toBe(uuid);
              this.destination.delete(formatNamespace(target));
            }),
          renameCollection: async (from: Namespace, to: Namespace, uuid) =>
            write(() => {
              expect(this.destination.get(formatNamespace(from))).toBe(uuid);
              expect(this.destination.has(formatNamespace(to))).toBe(false);
              this.destination.delete(formatNamespace(from));
              this.destination.set(formatNamespace(to), uuid);
            }),
        },
      },
    );
  }
}

function sourceOf(names: readonly (string | null)[]): readonly CollectionFacts[] {
  return names.flatMap((name, at) =>
    name === null ? [] : [collectionFacts(`shop.${name}`, { uuid: UUIDS[at] ?? "" })],
  );
}
