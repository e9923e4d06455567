import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import { copyDocuments } from "../../src/copy/copy-documents.ts";
import { WriteBudget } from "../../src/copy/write-budget.ts";
import type { CollectionRecord, DocumentBatch, PartitionRecord } from "../../src/ports.ts";
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
  planDigest: "plan",
  runSeq: 1,
  state: "copying",
  partitionCount: 6,
};

interface Course {
  /** Milliseconds that each batch takes. */
  readonly readMs: number;
  readonly writeMs: number;
  readonly failingWrite?: number;
}

/** A divided collection, and who reads it when. */
class Ends {
  readonly partitions: PartitionRecord[] = Array.from({ length: 6 }, (_, index) => ({
    index,
    range: { min: null, max: null },
    state: "pending",
    copiedThrough: null,
    copiedDocuments: 0,
    copiedBytes: 0,
  }));
  readonly claims: { readonly name: string; readonly underWay: number }[] = [];
  readers = 0;
  mostReaders = 0;
  underWay = 0;
  mostUnderWay = 0;
  written = 0;
  readonly #course: Course;

  constructor(course: Course) {
    this.#course = course;
  }

  async copy(): Promise<CollectionRecord> {
    const tools = {
      workers: WORKERS,
      stop: new AbortController().signal,
      lease: { migration: "m", signal: new AbortController().signal },
      startFence: { seconds: 1, increment: 1 },
      board: { setState: () => {}, add: () => {} },
      retry: async <T>(run: () => Promise<T>) => run(),
      source: { readBatches: () => this.#read() },
      destination: { writeBatch: async () => this.#write() },
      store: {
        claimPartition: async (_: unknown, __: unknown, name: string) => this.#claim(name),
        storePartition: async (_: unknown, __: unknown, ___: unknown, put: PartitionRecord) => {
          this.partitions[put.index] = put;
        },
        listPartitions: async () => this.partitions,
      },
    } as unknown as CopyTools;
    const budget = new WriteBudget(1e9, MOST_WRITES);
    return copyDocuments(action, record, { tools, isFresh: true, budget, limit: pLimit(WORKERS) });
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
    for (let batch = 0; batch < BATCHES_PER_PARTITION; batch++) {
      if (this.#course.readMs > 0) await sleep(this.#course.readMs);
      yield { bytes: Buffer.alloc(10), documentCount: 1, lastKey: Buffer.from([batch]) };
    }
    this.readers--;
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
  it("reads with one reader, in order, what keeps the destination busy", async () => {
    const ends = new Ends({ readMs: 0, writeMs: 2 });
    expect(await ends.copy()).toBe(record);
    expect(ends.mostReaders).toBe(1);
    expect(ends.mostUnderWay).toBe(MOST_WRITES);
    // No pause between partitions: the next one is begun while the last writes are under way.
    expect(ends.claims.slice(1).every(({ underWay }) => underWay > 0)).toBe(true);
    expect(new Set(ends.claims.map(({ name }) => name)).size).toBe(6);
    expect(ends.partitions.every(({ state }) => state === "done")).toBe(true);
  });

  it("reads with as many readers as there are workers where reading takes the time", async () => {
    const ends = new Ends({ readMs: 2, writeMs: 0 });
    await ends.copy();
    expect(ends.mostReaders).toBe(WORKERS);
    expect(ends.written).toBe(6 * BATCHES_PER_PARTITION);
  });

  it("ends with the failure of a write, however late it comes, and claims nothing more", async () => {
    // The last write of the first partition: its reading has ended by then.
    const ends = new Ends({ readMs: 0, writeMs: 5, failingWrite: BATCHES_PER_PARTITION - 1 });
    await expect(ends.copy()).rejects.toThrow("refused");
    expect(ends.claims.length).toBeLessThan(6);
    expect(ends.underWay).toBe(0);
  });
});
