import { beforeEach, describe, expect, it } from "vitest";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { storeBeginning, storeRest } from "../../src/copy/split-collection.ts";
import type { CollectionRecord, DocumentKey, KeyRange } from "../../src/ports.ts";
import { createCollection } from "../report/sample-plan.ts";

const MIB = 1024 ** 2;
const large = createCollection("shop.orders", "store.orders", {
  documentCount: 65_536,
  dataBytes: 64 * MIB,
});
const small = { ...large, dataBytes: MIB };
const record: CollectionRecord = {
  target: large.target,
  source: large.source,
  sourceUuid: large.sourceUuid,
  targetUuid: "ours",
  replaced: null,
  filter: null,
  isComplete: false,
  failedIndexes: [],
  planDigest: "plan",
  runSeq: 1,
  state: "copying",
  partitionCount: 0,
};

/** A source whose keys are single bytes, and what is stored of them. */
class Ends {
  partitions: KeyRange[] = [];
  records: CollectionRecord[] = [];
  skipped: number[] = [];
  firstEnd: DocumentKey | null = Buffer.from([50]);

  tools(): CopyTools {
    const tools = {
      source: {
        keyAfter: async (_: unknown, count: number) => {
          this.skipped.push(count);
          return this.firstEnd;
        },
        sampleKeys: async (_: unknown, __: number, min: DocumentKey) =>
          Array.from({ length: 60 }, (___, i) => Buffer.from([(min[0] ?? 0) + i])),
      },
      store: {
        listPartitions: async () => this.partitions.map((range, index) => ({ index, range })),
        putPartitions: async (_: unknown, __: unknown, put: readonly KeyRange[], from: number) => {
          this.partitions = [...this.partitions.slice(0, from), ...put];
        },
        putCollectionRecord: async (_: unknown, put: CollectionRecord) => {
          this.records.push(put);
        },
      },
      lease: { migration: "m" },
      workers: 2,
      retry: async <T>(run: () => Promise<T>) => run(),
    };
    return tools as unknown as CopyTools;
  }

  bounds(): readonly unknown[] {
    return this.partitions.map(({ min, max }) => [min?.[0], max?.[0]]);
  }
}

let ends: Ends;

beforeEach(() => {
  ends = new Ends();
});

describe("storeBeginning and storeRest", () => {
  it("divide a large collection without a gap, its beginning first", async () => {
    const beginning = await storeBeginning(large, true, ends.tools());
    expect(ends.skipped).toEqual([32_768]);
    expect(ends.bounds()).toEqual([[undefined, 50]]);
    const divided = await storeRest(large, record, beginning, ends.tools());
    expect(ends.bounds()).toEqual([
      [undefined, 50],
      [50, 70],
      [70, 90],
      [90, undefined],
    ]);
    expect(divided).toEqual({ ...record, partitionCount: 4 });
    expect(ends.records).toEqual([divided]);
  });

  it("leave a small one whole, without asking the source", async () => {
    const beginning = await storeBeginning(small, true, ends.tools());
    expect(ends.skipped).toEqual([]);
    const divided = await storeRest(small, record, beginning, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
    expect(divided.partitionCount).toBe(1);
  });

  it("leave one whole that has become smaller than its beginning", async () => {
    ends.firstEnd = null;
    const beginning = await storeBeginning(large, true, ends.tools());
    await storeRest(large, record, beginning, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
  });

  it("I3 keep a first partition that an interrupted run has worked on", async () => {
    ends.partitions = [
      { min: null, max: Buffer.from([40]) },
      { min: Buffer.from([40]), max: null },
    ];
    const beginning = await storeBeginning(large, false, ends.tools());
    // What is about to be replaced must not be claimed meanwhile.
    expect(ends.bounds()).toEqual([[undefined, 40]]);
    await storeRest(large, record, beginning, ends.tools());
    expect(ends.skipped).toEqual([]);
    expect(ends.bounds().slice(0, 2)).toEqual([
      [undefined, 40],
      [40, 60],
    ]);
  });

  it("store a first partition that an interrupted run did not get to", async () => {
    await storeBeginning(large, false, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, 50]]);
  });
});
