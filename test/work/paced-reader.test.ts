import { expect, it } from "vitest";
import type { DocumentBatch, DocumentReader, LoadGate, ReadRequest } from "../../src/ports.ts";
import { paced } from "../../src/work/paced-reader.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

/** A reader with private parts, as the real ones have. */
class Reader implements DocumentReader {
  readonly #batches = [2, 3];
  readonly asked: ReadRequest[] = [];

  async *readBatches(request: ReadRequest): AsyncGenerator<DocumentBatch> {
    this.asked.push(request);
    for (const documentCount of this.#batches) {
      yield { bytes: Buffer.alloc(10 * documentCount), documentCount, lastKey: Buffer.alloc(1) };
    }
  }

  keyOf(document: Uint8Array): Uint8Array {
    return document.subarray(0, this.#batches.length);
  }

  describeKey(): string {
    return "key";
  }
}

it("takes its share for each batch before it gives it, and is the same reader otherwise", async () => {
  const log: string[] = [];
  const portion = { documentCount: 7, bytes: 70 };
  const load: LoadGate = {
    ...unlimitedLoad(),
    portion,
    untilMayCopy: async () => {
      log.push("waits for the time");
    },
    take: async (documentCount, bytes) => {
      log.push(`takes ${documentCount}, ${bytes}`);
      return true;
    },
  };
  const reader = new Reader();
  const slow: DocumentReader = paced<DocumentReader>(reader, load);
  const signal = new AbortController().signal;
  const request = { namespace: { db: "a", coll: "b" } } as ReadRequest;
  for await (const { documentCount } of slow.readBatches(request, signal)) {
    log.push(`gives ${documentCount}`);
  }
  expect(log).toEqual([
    "waits for the time",
    "takes 2, 20",
    "gives 2",
    "waits for the time",
    "takes 3, 30",
    "gives 3",
  ]);
  expect(reader.asked[0]?.most?.()).toBe(portion);
  expect(slow.keyOf(Buffer.alloc(5))).toHaveLength(2);
  expect(slow.describeKey(Buffer.alloc(5))).toBe("key");
});
