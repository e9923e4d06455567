import { beforeEach, describe, expect, it } from "vitest";
import { LeaseLostError, OperationError } from "../../src/base/errors.ts";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { type PreparedTarget, prepareTarget } from "../../src/copy/prepare-target.ts";
import type { CollectionAction } from "../../src/model/plan.ts";
import type { CollectionRecord, KeyRange } from "../../src/ports.ts";
import { createCollection, exact, namespace } from "../report/sample-plan.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

const MIB = 1024 ** 2;
const RUN = 3;
const DIGEST = "plan-2";

const action = createCollection("shop.orders", "store.orders", { dataBytes: MIB });

const record: CollectionRecord = {
  target: action.target,
  source: action.source,
  sourceUuid: action.sourceUuid,
  targetUuid: "ours",
  replaced: null,
  filter: null,
  isComplete: false,
  failedIndexes: [],
  indexes: [],
  viewDigest: null,
  planDigest: DIGEST,
  runSeq: RUN,
  state: "copying",
  partitionCount: 1,
};

/** One target in memory, and all that happens to it, in order. */
class Ends {
  uuid: string | null = null;
  documentCount = 0;
  readonly events: string[] = [];
  records: CollectionRecord[] = [];
  /** Makes the first creation lose its answer. */
  losesAnswer = false;
  readonly lost = new AbortController();

  tools(): CopyTools {
    const destination = {
      readUuid: async () => this.uuid,
      countDocuments: async () => this.documentCount,
      dropNamespace: async (_: unknown, uuid: string, lost: AbortSignal) => {
        lost.throwIfAborted();
        this.#drop(uuid);
      },
      createCollection: async () => this.#create(),
    };
    const store = {
      putCollectionRecord: async (_: unknown, put: CollectionRecord) => {
        this.records.push(put);
        this.events.push(`record ${put.targetUuid}`);
      },
      putPartitions: async (_: unknown, __: unknown, ranges: readonly KeyRange[], from: number) => {
        this.events.push(`${ranges.length} partitions from ${from}`);
      },
    };
    const tools = {
      destination,
      store,
      lease: { signal: this.lost.signal },
      runSeq: RUN,
      load: unlimitedLoad(2),
      retry: retryOnce,
    };
    return tools as unknown as CopyTools;
  }

  #create(): string {
    if (this.uuid !== null) throw new Error("the collection exists already");
    this.uuid = "new";
    this.documentCount = 0;
    this.events.push("create");
    if (!this.losesAnswer) return this.uuid;
    this.losesAnswer = false;
    throw new OperationError({ operation: "create", object: "store.orders", isRetryable: true });
  }

  #drop(uuid: string): void {
    this.events.push(`drop ${uuid}`);
    if (uuid === this.uuid) this.uuid = null;
  }
}

async function retryOnce<T>(run: () => Promise<T>): Promise<T> {
  return run().catch(async (error: unknown) => {
    if (error instanceof OperationError && error.isRetryable) return run();
    throw error;
  });
}

let ends: Ends;

beforeEach(() => {
  ends = new Ends();
});

async function prepare(
  changes: Partial<CollectionAction> = {},
  known: CollectionRecord | null = null,
): Promise<PreparedTarget> {
  return prepareTarget(
    { action: { ...action, ...changes }, planDigest: DIGEST },
    known,
    ends.tools(),
  );
}

describe("prepareTarget, where the name is free", () => {
  it("records the target before it is created, so that nothing is ever left that nobody owns", async () => {
    const prepared = await prepare();
    expect(ends.events).toEqual(["record null", "create", "record new"]);
    expect(prepared.isFresh).toBe(true);
    expect(prepared.record).toEqual({ ...record, targetUuid: "new", partitionCount: 0 });
    expect(ends.records.at(-1)).toEqual(prepared.record);
    expect(ends.records[0]?.partitionCount).toBe(0);
  });

  it("takes the collection for its own when only the answer of its creation was lost", async () => {
    ends.losesAnswer = true;
    const prepared = await prepare();
    expect(prepared.record.targetUuid).toBe("new");
    expect(ends.events.filter((event) => event === "create")).toHaveLength(1);
  });

  it("creates again what was dropped since", async () => {
    const prepared = await prepare({ isResumable: true }, { ...record, targetUuid: "gone" });
    expect(ends.events.slice(0, 3)).toEqual(["record null", "0 partitions from 0", "create"]);
    expect(prepared).toMatchObject({ isFresh: true, record: { targetUuid: "new" } });
  });
});

describe("prepareTarget, where its own copy stands", () => {
  const ongoing = { isResumable: true, existingUuid: "ours" };

  beforeEach(() => {
    ends.uuid = "ours";
    ends.documentCount = 500;
  });

  it("I3 goes on with it, untouched", async () => {
    const prepared = await prepare(ongoing, record);
    expect(prepared).toEqual({ record, isFresh: false });
    expect(ends.events).toEqual([]);
  });

  it("goes on under the present plan", async () => {
    const prepared = await prepare(ongoing, { ...record, planDigest: "plan-1" });
    expect(prepared).toEqual({ record, isFresh: false });
    expect(ends.records).toEqual([record]);
  });

  it.each<readonly [string, Partial<CollectionAction>, Partial<CollectionRecord>]>([
    ["an earlier run made it", ongoing, { runSeq: RUN - 1 }],
    ["its options changed", { ...ongoing, isResumable: false }, {}],
    ["its filter changed", ongoing, { filter: '{"a": 1}' }],
    ["the source was recreated", { ...ongoing, sourceUuid: "another" }, {}],
    ["another source is mapped here", { ...ongoing, source: namespace("shop.carts") }, {}],
  ])("I3 starts again when %s", async (_, changes, known) => {
    const prepared = await prepare(changes, { ...record, ...known });
    expect(ends.events).toEqual([
      "record null",
      "0 partitions from 0",
      "drop ours",
      "create",
      "record new",
    ]);
    expect(prepared).toMatchObject({ isFresh: true, record: { targetUuid: "new", runSeq: RUN } });
  });
});

describe("prepareTarget, without the lease", () => {
  it("I7 drops nothing any more", async () => {
    ends.uuid = "ours";
    ends.lost.abort(new LeaseLostError("lost"));
    const known = { ...record, runSeq: RUN - 1 };
    await expect(prepare({ existingUuid: "ours" }, known)).rejects.toThrow(LeaseLostError);
    expect(ends.uuid).toBe("ours");
  });
});

describe("prepareTarget, where something else stands", () => {
  beforeEach(() => {
    ends.uuid = "theirs";
    ends.documentCount = 99;
  });

  const replacing = {
    kind: "replace-collection",
    replaces: { documentCount: 99, dataBytes: 9 },
    existingUuid: "theirs",
  } as const;

  it("replaces what the plan names, and remembers what it was", async () => {
    const prepared = await prepare(replacing);
    expect(ends.events.slice(0, 3)).toEqual(["record null", "drop theirs", "create"]);
    expect(prepared.record.replaced).toEqual({ documentCount: 99, dataBytes: 9 });
  });

  it.each<readonly [string, Partial<CollectionAction>, CollectionRecord | null]>([
    ["the plan found the name free", {}, null],
    ["the plan was to replace another", { ...replacing, existingUuid: "another" }, null],
    ["the plan was to go on with our own", { existingUuid: "ours", isResumable: true }, record],
    ["the plan saw it, but not to replace it", { existingUuid: "theirs" }, null],
    [
      "it took the place of a creation that was interrupted",
      { existingUuid: "theirs", isResumable: true },
      { ...record, targetUuid: null },
    ],
  ])("I8 ends without touching it when %s", async (_, changes, known) => {
    await expect(prepare(changes, known)).rejects.toMatchObject({
      code: "target-appeared",
      place: "store.orders",
    });
    expect(ends.events).toEqual([]);
    expect(ends.uuid).toBe("theirs");
  });
});

describe("prepareTarget, where a creation was interrupted", () => {
  const unfinished = { ...record, targetUuid: null, partitionCount: 0 };
  const seen = { isResumable: true, existingUuid: "theirs" };

  beforeEach(() => {
    ends.uuid = "theirs";
    ends.documentCount = 0;
  });

  it("takes over what it would create: empty, and of the same options", async () => {
    const prepared = await prepare(seen, unfinished);
    expect(ends.events).toEqual(["record null", "0 partitions from 0", "record theirs"]);
    expect(prepared.record.targetUuid).toBe("theirs");
  });

  it.each<readonly [string, Partial<CollectionAction>, CollectionRecord]>([
    ["has other options", { ...seen, isResumable: false, options: exact(["a", 1]) }, unfinished],
    ["has appeared since the plan", { ...seen, existingUuid: null }, unfinished],
    ["was made of another source", seen, { ...unfinished, source: namespace("shop.carts") }],
  ])("I8 takes over nothing that %s", async (_, changes, known) => {
    await expect(prepare(changes, known)).rejects.toMatchObject({ code: "target-appeared" });
    expect(ends.events).toEqual([]);
  });
});
