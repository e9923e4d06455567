import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { retryOperation } from "../../src/base/retry.ts";
import {
  copyPartition,
  type PartitionJob,
  type PartitionTools,
} from "../../src/copy/copy-partition.ts";
import { WriteBudget } from "../../src/copy/write-budget.ts";
import type { DocumentBatch, PartitionRecord, ReadRequest } from "../../src/ports.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

/** What happens to each batch and to each store: turns of the event loop that it takes, and how it ends. */
interface Course {
  readonly turns: number;
  readonly isFailing: boolean;
}

const SMOOTH: Course = { turns: 1, isFailing: false };
const NEVER = new AbortController().signal;

const job: PartitionJob = {
  partition: {
    index: 0,
    range: { min: keyAt(0), max: keyAt(200) },
    state: "copying",
    copiedThrough: null,
    copiedDocuments: 0,
    copiedBytes: 0,
  },
  mayHoldDocuments: false,
  read: {
    namespace: { db: "shop", coll: "orders" },
    uuid: "u",
    notBefore: null,
    filter: null,
    averageDocumentBytes: null,
  },
  target: { namespace: { db: "store", coll: "orders" }, hasValidator: false },
};

function keyAt(position: number): Uint8Array {
  return Buffer.from([position]);
}

function batchAt(position: number): DocumentBatch {
  return { bytes: Buffer.alloc(100, position), documentCount: 10, lastKey: keyAt(position) };
}

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** A source, a destination and a store in memory, which keep account of what is true at each moment. */
class Ends {
  readonly acknowledged = new Set<number>();
  readonly stored: PartitionRecord[] = [];
  readonly violations: string[] = [];
  readonly calls: string[] = [];
  readonly waits: boolean[] = [];
  underWayAtEnd = 0;
  leaveBehind: number | null = null;
  readonly requests: ReadRequest[] = [];
  readonly budget = new WriteBudget(250, 2);
  underWay = 0;
  mostUnderWay = 0;
  reported = 0;
  readonly #writes: readonly Course[];
  readonly #stores: readonly Course[];
  readonly #readUntil: number;
  #storeCount = 0;

  /** @param readUntil - The batch at whose place reading fails; behind the last one: it does not. */
  constructor(
    writes: readonly Course[],
    stores: readonly Course[] = [],
    readUntil: number = writes.length,
  ) {
    this.#writes = writes;
    this.#stores = stores;
    this.#readUntil = readUntil;
  }

  tools(changes: Partial<PartitionTools> = {}): PartitionTools {
    return {
      source: {
        readBatches: (request, signal) => this.#read(request, signal),
        keyOf: (document) => document,
        describeKey: String,
      },
      destination: {
        writeBatch: async (_, batch) => this.#write("write", batch),
        rewriteBatch: async (_, batch, max) => this.#write(`rewrite up to ${max?.[0]}:`, batch),
      },
      budget: this.budget,
      load: unlimitedLoad(),
      retry: async (run) => run(),
      stop: NEVER,
      lost: NEVER,
      storeProgress: async (partition) => this.#store(partition),
      onRead: (hadToWait) => this.waits.push(hadToWait),
      shouldLeave: (lastKey) => lastKey[0] === this.leaveBehind,
      onReadToEnd: () => (this.underWayAtEnd = this.underWay),
      onAcknowledged: (documentCount) => {
        this.reported += documentCount;
      },
      ...changes,
    };
  }

  async *#read(request: ReadRequest, signal: AbortSignal): AsyncGenerator<DocumentBatch> {
    this.requests.push(request);
    for (const position of this.#writes.keys()) {
      signal.throwIfAborted();
      if (position === this.#readUntil) throw new Error("read failed");
      yield batchAt(position);
    }
  }

  async #write(call: string, batch: DocumentBatch): Promise<void> {
    const position = batch.lastKey[0] ?? -1;
    const { turns, isFailing } = this.#writes[position] ?? SMOOTH;
    this.calls.push(`${call} ${position}`);
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await pass(turns);
    this.underWay--;
    if (isFailing) throw new Error(`write ${position} failed`);
    this.acknowledged.add(position);
  }

  async #store(partition: PartitionRecord): Promise<void> {
    const { turns, isFailing } = this.#stores[this.#storeCount++] ?? SMOOTH;
    this.#check(partition);
    await pass(turns);
    if (isFailing) throw new Error("store failed");
    this.stored.push(partition);
  }

  /** I2: at the moment of a store, all that it covers is acknowledged. */
  #check({ copiedThrough, copiedDocuments, copiedBytes, state }: PartitionRecord): void {
    const last = copiedThrough === null ? -1 : (copiedThrough[0] ?? -1);
    for (let position = 0; position <= last; position++) {
      if (!this.acknowledged.has(position)) this.violations.push(`${position} stored too early`);
    }
    if (copiedDocuments !== (last + 1) * 10 || copiedBytes !== (last + 1) * 100) {
      this.violations.push(`${copiedDocuments} documents, ${copiedBytes} bytes up to ${last}`);
    }
    if (state === "done" && last !== this.#writes.length - 1) this.violations.push("done early");
  }
}

const course = fc.record({
  turns: fc.nat(6),
  isFailing: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

describe("copyPartition", () => {
  it("I2 never stores a document that is not acknowledged, whatever fails and in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(course, { maxLength: 10 }),
        fc.array(course, { maxLength: 12 }),
        fc.nat(20),
        async (writes, stores, readUntil) => {
          const ends = new Ends(writes, stores, readUntil);
          const outcome = await copyPartition(job, ends.tools()).then(
            () => "done",
            (error: Error) => error.message,
          );
          expect(ends.violations).toEqual([]);
          expect([ends.underWay, ends.budget.usedBytes]).toEqual([0, 0]);
          expect(ends.mostUnderWay).toBeLessThanOrEqual(2);
          const positions = ends.stored.map(({ copiedThrough }) => copiedThrough?.[0] ?? -1);
          expect(positions).toEqual(positions.toSorted((a, b) => a - b));
          expect(ends.stored.some(({ state }) => state === "done")).toBe(outcome === "done");
          const failing = writes.findIndex(({ isFailing }) => isFailing);
          const mayFail =
            failing >= 0 || readUntil < writes.length || stores.some((s) => s.isFailing);
          if (!mayFail) expect(outcome).toBe("done");
          if (failing >= 0 && failing < readUntil) expect(outcome).not.toBe("done");
        },
      ),
      { numRuns: 500 },
    );
  });

  it("stores all that is acknowledged without a gap before it fails", async () => {
    const failing = { turns: 2, isFailing: true };
    const ends = new Ends([SMOOTH, SMOOTH, failing, SMOOTH, SMOOTH]);
    await expect(copyPartition(job, ends.tools())).rejects.toThrow("write 2 failed");
    expect(ends.stored.at(-1)).toMatchObject({ state: "copying", copiedThrough: keyAt(1) });
    expect(ends.acknowledged).toContain(3);
    expect(ends.acknowledged).not.toContain(4);
  });

  it("goes on behind the last acknowledged document, and adds to what was copied", async () => {
    const partition = {
      ...job.partition,
      copiedThrough: keyAt(9),
      copiedDocuments: 7,
      copiedBytes: 70,
    };
    const stored: PartitionRecord[] = [];
    const ends = new Ends([SMOOTH, SMOOTH]);
    const storeProgress = async (record: PartitionRecord): Promise<void> => {
      stored.push(record);
    };
    await copyPartition({ ...job, partition }, ends.tools({ storeProgress }));
    expect(ends.requests).toMatchObject([
      { after: keyAt(9), range: job.partition.range, uuid: "u" },
    ]);
    expect(stored.at(-1)).toMatchObject({ copiedDocuments: 27, copiedBytes: 270, state: "done" });
    expect(ends.reported).toBe(20);
  });

  it("tells of each batch whether it had to wait, and of the end before the last write has ended", async () => {
    const slow = { turns: 5, isFailing: false };
    const ends = new Ends([slow, slow, slow, slow]);
    await copyPartition(job, ends.tools());
    expect(ends.waits).toEqual([false, false, true, true]);
    expect([ends.underWayAtEnd, ends.underWay]).toEqual([2, 0]);
  });

  it("I2 leaves the rest, once all that it has read is acknowledged and stored", async () => {
    const slow = { turns: 5, isFailing: false };
    const ends = new Ends([slow, SMOOTH, slow, SMOOTH, SMOOTH]);
    ends.leaveBehind = 2;
    const left = await copyPartition(job, ends.tools());
    expect(left).toEqual({
      ...job.partition,
      copiedThrough: keyAt(2),
      copiedDocuments: 30,
      copiedBytes: 300,
    });
    expect(ends.stored.at(-1)).toEqual(left);
    expect([...ends.acknowledged].toSorted()).toEqual([0, 1, 2]);
  });

  it("is done where there is nothing to copy", async () => {
    const ends = new Ends([]);
    await copyPartition(job, ends.tools());
    expect(ends.stored).toEqual([{ ...job.partition, state: "done" }]);
  });

  it("I2 still stores what is acknowledged when it is stopped, and says why it ended", async () => {
    const controller = new AbortController();
    const ends = new Ends([SMOOTH, { turns: 5, isFailing: false }, SMOOTH, SMOOTH]);
    const tools = ends.tools({ stop: controller.signal });
    const retrying = {
      ...tools,
      retry: async <T>(run: () => Promise<T>) => retryOperation(run, controller.signal, () => {}),
      storeProgress: async (partition: PartitionRecord) =>
        retryOperation(
          async () => tools.storeProgress(partition),
          controller.signal,
          () => {},
        ),
      onAcknowledged: () => {
        controller.abort(new Error("paused"));
      },
    };
    await expect(copyPartition(job, retrying)).rejects.toThrow("paused");
    const last = Math.max(...ends.acknowledged);
    expect(last).toBeGreaterThan(0);
    expect(ends.violations).toEqual([]);
    expect(ends.stored.at(-1)?.copiedThrough).toEqual(keyAt(last));
  });

  it("I7 writes nothing once the lease is lost", async () => {
    const controller = new AbortController();
    controller.abort(new Error("lease lost"));
    const ends = new Ends([SMOOTH, SMOOTH]);
    await expect(copyPartition(job, ends.tools({ lost: controller.signal }))).rejects.toThrow(
      "lease lost",
    );
    expect(ends.calls).toEqual([]);
  });

  it("I3 writes again what an attempt before may have written", async () => {
    let tries = 0;
    const retry = async <T>(run: () => Promise<T>): Promise<T> => {
      const isFirst = tries++ === 0;
      const done = await run();
      // The answer was lost on the way.
      return isFirst ? run() : done;
    };
    const ends = new Ends([SMOOTH]);
    await copyPartition(job, ends.tools({ retry }));
    expect(ends.calls).toEqual(["write 0", "rewrite up to 200: 0"]);

    const resumed = new Ends([SMOOTH]);
    await copyPartition({ ...job, mayHoldDocuments: true }, resumed.tools());
    expect(resumed.calls).toEqual(["rewrite up to 200: 0"]);
  });

  it("gives up with the operation's own error", async () => {
    const error = new OperationError({ operation: "write", object: "a.b", isRetryable: false });
    const retry = async (): Promise<never> => {
      throw error;
    };
    const ends = new Ends([SMOOTH]);
    await expect(copyPartition(job, ends.tools({ retry }))).rejects.toBe(error);
    expect(ends.budget.usedBytes).toBe(0);
  });
});
