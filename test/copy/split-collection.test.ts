import { describe, expect, it } from "vitest";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { divide, storeWhole } from "../../src/copy/split-collection.ts";
import type { DocumentKey } from "../../src/model/document-key.ts";
import type { CollectionRecord, KeyRange, PartitionRecord } from "../../src/ports.ts";
import { createCollection } from "../report/sample-plan.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

const MIB = 1024 ** 2;
const action = createCollection("shop.orders", "store.orders", {
  documentCount: 65_536,
  dataBytes: 96 * MIB,
});
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
  planDigest: "plan",
  runSeq: 1,
  state: "copying",
  partitionCount: 0,
};
const begun: PartitionRecord = {
  index: 0,
  range: { min: null, max: null },
  state: "copying",
  copiedThrough: Buffer.from([50]),
  copiedDocuments: 20_000,
  copiedBytes: 32 * MIB,
};

/** A source whose keys are single bytes, and what is stored of them, in which order. */
class Ends {
  partitions: KeyRange[] = [];
  readonly calls: string[] = [];
  keyCount = 60;

  tools(): CopyTools {
    const tools = {
      source: {
        sampleKeys: async (_: unknown, __: number, min: DocumentKey) =>
          Array.from({ length: this.keyCount }, (___, i) => Buffer.from([(min[0] ?? 0) + i])),
      },
      store: {
        listPartitions: async () => this.partitions.map((range, index) => ({ index, range })),
        putPartitions: async (_: unknown, __: unknown, put: readonly KeyRange[], from: number) => {
          this.calls.push(`put ${put.length} from ${from}`);
          this.partitions = [...this.partitions.slice(0, from), ...put];
        },
        moveEnd: async (_: unknown, __: unknown, index: number, max: DocumentKey | null) => {
          this.calls.push(`move ${index}`);
          this.partitions = this.partitions.map((range, at) =>
            at === index ? { ...range, max } : range,
          );
        },
        putCollectionRecord: async (_: unknown, { partitionCount }: CollectionRecord) => {
          this.calls.push(`count ${partitionCount}`);
        },
      },
      lease: { migration: "m" },
      load: unlimitedLoad(2),
      retry: async <T>(run: () => Promise<T>) => run(),
    };
    return tools as unknown as CopyTools;
  }

  bounds(): readonly unknown[] {
    return this.partitions.map(({ min, max }) => [min?.[0], max?.[0]]);
  }
}

describe("storeWhole", () => {
  it("stores the collection as one partition", async () => {
    const ends = new Ends();
    await storeWhole(action, true, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
  });

  it("I3 keeps what an interrupted run has begun, and undoes a division that it did not finish", async () => {
    const ends = new Ends();
    ends.partitions = [
      { min: null, max: Buffer.from([40]) },
      { min: Buffer.from([40]), max: null },
    ];
    await storeWhole(action, false, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
    // The first one is not stored anew, which would forget how far it was copied.
    expect(ends.calls).toEqual(["put 0 from 1", "move 0"]);
  });

  it("stores what an interrupted run did not get to", async () => {
    const ends = new Ends();
    await storeWhole(action, false, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
  });
});

describe("divide", () => {
  it("leaves no gap, ends the first partition behind what is copied, and counts them last", async () => {
    const ends = new Ends();
    ends.partitions = [begun.range];
    const { record: divided, first } = await divide(action, record, begun, ends.tools());
    expect(ends.bounds()).toEqual([
      [undefined, 65],
      [65, 80],
      [80, 95],
      [95, undefined],
    ]);
    expect(first).toEqual({ ...begun, range: { min: null, max: Buffer.from([65]) } });
    expect(divided).toEqual({ ...record, partitionCount: 4 });
    expect(ends.calls).toEqual(["put 3 from 1", "move 0", "count 4"]);
  });

  it("leaves it whole where no key is found behind what is copied", async () => {
    const ends = new Ends();
    ends.partitions = [begun.range];
    ends.keyCount = 1;
    const { record: divided, first } = await divide(action, record, begun, ends.tools());
    expect(ends.bounds()).toEqual([[undefined, undefined]]);
    expect([divided.partitionCount, first.range.max]).toEqual([1, null]);
  });
});
