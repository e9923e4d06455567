import { describe, expect, it } from "vitest";
import { amountsKept } from "../../src/copy/amounts-kept.ts";
import type { CollectionAction } from "../../src/model/plan.ts";
import type { CollectionRecord } from "../../src/ports.ts";
import { createCollection, emptyPlan, exact, namespace } from "../report/sample-plan.ts";

const RUN = 3;
const ongoing = createCollection("shop.log", "store.log", {
  isResumable: true,
  existingUuid: "ours",
});
const capped = { options: exact(["capped", true], ["size", 4096]) };

const record: CollectionRecord = {
  target: ongoing.target,
  source: ongoing.source,
  sourceUuid: ongoing.sourceUuid,
  targetUuid: "ours",
  replaced: null,
  filter: null,
  isComplete: false,
  failedIndexes: [],
  indexes: [],
  viewDigest: null,
  planDigest: "plan",
  runSeq: RUN,
  state: "copying",
  partitionCount: 1,
};

const amount = { target: ongoing.target, copiedDocuments: 7, copiedBytes: 70 };

function kept(
  changes: Partial<CollectionAction> = {},
  known: Partial<CollectionRecord> = {},
): unknown {
  const plan = emptyPlan({ actions: [{ ...ongoing, ...changes }] });
  return amountsKept(plan, [amount], [{ ...record, ...known }], RUN);
}

describe("amountsKept", () => {
  it("keeps what was copied of a target that is gone on with", () => {
    expect(kept()).toEqual([amount]);
  });

  it("begins at nothing where a capped collection is copied again", () => {
    expect(kept(capped)).toEqual([]);
  });

  it("keeps what was copied of a capped collection whose indexes are missing", () => {
    expect(kept(capped, { state: "indexing" })).toEqual([amount]);
  });

  it.each<readonly [string, Partial<CollectionAction>, Partial<CollectionRecord>]>([
    ["an earlier run made it", {}, { runSeq: RUN - 1 }],
    ["it was dropped since", { existingUuid: null }, {}],
    ["its options changed", { isResumable: false }, {}],
    ["its filter changed", { filter: "{}" }, {}],
    ["the source was recreated", { sourceUuid: "another" }, {}],
  ])("begins at nothing where %s", (_, changes, known) => {
    expect(kept(changes, known)).toEqual([]);
  });

  it("knows nothing of targets without an action or a record", () => {
    const plan = emptyPlan({ actions: [ongoing] });
    const other = { ...amount, target: namespace("store.other") };
    expect(amountsKept(plan, [other], [record], RUN)).toEqual([]);
    expect(amountsKept(plan, [amount], [], RUN)).toEqual([]);
  });
});
