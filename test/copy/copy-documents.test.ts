import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { copyDocuments } from "../../src/copy/copy-documents.ts";
import { WorkerSlots } from "../../src/copy/worker-slots.ts";
import { WriteBudget } from "../../src/copy/write-budget.ts";
import type {
  CollectionRecord,
  DocumentBatch,
  KeyRange,
  PartitionRecord,
} from "../../src/ports.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";
import { createCollection } from "../report/sample-plan.ts";

const WORKERS = 3;
const MOST_WRITES = 2 * WORKERS;
const BATCHES_PER_PARTITION = 20;
const action = createCollection("shop.orders", "store.orders", { dataBytes: 1e9 });
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

interface Course {
  /** Milliseconds that each batch takes. */
  readonly readMs: number;
  readonly writeMs: number;
  readonly failingWrite?: number;
}

function pending(index: number): PartitionRecord {
  return {
    index,
    range: { min: null, max: null },
    state: "pending",
    copiedThrough: null,
    copiedDocuments: 0,
    copiedBytes: 0,
  };
}

/** A collection, and who reads what of it when. */
class Ends {
  readonly partitions: PartitionRecord[];
  readonly claims: { readonly name: string; readonly underWay: number }[] = [];
  readers = 0;
  mostReaders = 0;
  underWay = 0;
  mostUnderWay = 0;
  written = 0;
  samples = 0;
  recordedCount = 0;
  readonly #course: Course;

  /** @param partitionCount - Those that an earlier process has left, divided; zero: none. */
  constructor(course: Course, partitionCount = 0) {
    this.#course = course;
    this.partitions = Array.from({ length: partitionCount }, (_, index) => pending(index));
  }

  readonly load = { ...unlimitedLoad(), workers: WORKERS };
  readonly slots = new WorkerSlots(WORKERS);

  setWorkers(workers: number): void {
    this.load.workers = workers;
    this.slots.setMost(workers);
  }

  async copy(): Promise<CollectionRecord> {
    const tools = {
      load: this.load,
      stop: new AbortController().signal,
      lease: { migration: "m", signal: new AbortController().signal },
      startFence: { seconds: 1, increment: 1 },
      board: { setState: () => {}, add: () => {} },
      retry: async <T>(run: () => Promise<T>) => run(),
      source: {
        readBatches: () => this.#read(),
        canReadFrom: () => true,
        sampleKeys: async () => {
          this.samples++;
          return Array.from({ length: 12 }, (_, i) => Buffer.from([100 + i]));
        },
      },
      destination: { writeBatch: async () => this.#write() },
      store: {
        claimPartition: async (_: unknown, __: unknown, name: string) => this.#claim(name),
        storePartition: async (_: unknown, __: unknown, ___: unknown, put: PartitionRecord) => {
          this.partitions[put.index] = put;
        },
        listPartitions: async () => this.partitions,
        putPartitions: async (_: unknown, __: unknown, put: readonly KeyRange[], from: number) => {
          this.partitions.splice(
            from,
            Infinity,
            ...put.map((range, at) => ({ ...pending(from + at), range })),
          );
        },
        moveEnd: async () => {},
        putCollectionRecord: async (_: unknown, { partitionCount }: CollectionRecord) => {
          this.recordedCount = partitionCount;
        },
      },
    } as unknown as CopyTools;
    const budget = new WriteBudget(1e9, MOST_WRITES);
    const known = { ...record, partitionCount: this.partitions.length };
    return copyDocuments(action, known, {
      tools,
      isFresh: true,
      budget,
      slots: this.slots,
    });
  }

  #claim(name: string): PartitionRecord | null {
    const index = this.partitions.findIndex(({ state }) => state === "pending");
    const found = this.partitions[index];
    if (found === undefined) return null;
    this.claims.push({ name, underWay: this.underWay });
    const claimed = { ...found, state: "copying" } as const;
    this.partitions[index] = claimed;
    return claimed;
  }

  async *#read(): AsyncGenerator<DocumentBatch> {
    this.readers++;
    this.mostReaders = Math.max(this.mostReaders, this.readers);
    try {
      for (let batch = 0; batch < BATCHES_PER_PARTITION; batch++) {
        if (this.#course.readMs > 0) await sleep(this.#course.readMs);
        yield { bytes: Buffer.alloc(10), documentCount: 1, lastKey: Buffer.from([batch]) };
      }
    } finally {
      this.readers--;
    }
  }

  async #write(): Promise<void> {
    const position = this.written++;
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await sleep(this.#course.writeMs);
    this.underWay--;
    if (position === this.#course.failingWrite) throw new Error("refused");
  }
}

describe("copyDocuments", () => {
  it("reads the whole with one reader, in order, where that keeps the destination busy", async () => {
    const ends = new Ends({ readMs: 0, writeMs: 2 });
    expect(await ends.copy()).toEqual({ ...record, partitionCount: 1 });
    expect(ends.recordedCount).toBe(1);
    expect([ends.mostReaders, ends.mostUnderWay, ends.samples]).toEqual([1, MOST_WRITES, 0]);
    expect(ends.written).toBe(BATCHES_PER_PARTITION);
  });

  it("divides the rest for as many readers as there are workers where reading takes the time", async () => {
    const ends = new Ends({ readMs: 2, writeMs: 0 });
    const divided = await ends.copy();
    expect(divided.partitionCount).toBeGreaterThan(2);
    expect(ends.recordedCount).toBe(divided.partitionCount);
    expect([ends.mostReaders, ends.samples]).toEqual([WORKERS, 1]);
    expect(ends.partitions.every(({ state }) => state === "done")).toBe(true);
  });

  it("goes through what is divided already with one reader, without a pause between partitions", async () => {
    const ends = new Ends({ readMs: 0, writeMs: 2 }, 6);
    await ends.copy();
    expect([ends.mostReaders, ends.samples]).toEqual([1, 0]);
    expect(ends.claims.slice(1).every(({ underWay }) => underWay > 0)).toBe(true);
    expect(new Set(ends.claims.map(({ name }) => name)).size).toBe(6);
    expect(ends.partitions.every(({ state }) => state === "done")).toBe(true);
  });

  it("has as many readers as there may be workers, however that changes meanwhile", async () => {
    const ends = new Ends({ readMs: 2, writeMs: 0 }, 40);
    ends.setWorkers(1);
    const course = { isOver: false };
    const copying = ends.copy().finally(() => (course.isOver = true));
    const hasReaders = async (readers: number): Promise<void> => {
      while (ends.readers !== readers && !course.isOver) await sleep(1);
      expect([ends.readers, course.isOver]).toEqual([readers, false]);
    };
    await hasReaders(1);
    for (const workers of [3, 1, 2, 1, 3]) {
      ends.setWorkers(workers);
      await hasReaders(workers);
      ends.mostReaders = 0;
      await sleep(20);
      expect(ends.mostReaders).toBeLessThanOrEqual(workers);
    }
    await copying;
    expect(ends.partitions.every(({ state }) => state === "done")).toBe(true);
  });

  it("ends with the failure of a write, however late it comes, and claims nothing more", async () => {
    // The last write of the first partition: its reading has ended by then.
    const course = { readMs: 0, writeMs: 5, failingWrite: BATCHES_PER_PARTITION - 1 };
    const ends = new Ends(course, 6);
    await expect(ends.copy()).rejects.toThrow("refused");
    expect(ends.claims.length).toBeLessThan(6);
    expect(ends.underWay).toBe(0);
  });

  it("ends with a failure before anything is divided, and keeps nobody waiting", async () => {
    const ends = new Ends({ readMs: 0, writeMs: 1, failingWrite: 0 });
    await expect(ends.copy()).rejects.toThrow("refused");
    expect(ends.claims.length).toBe(1);
  });
});
