import { expect, it } from "vitest";
import type { ArrayRequest, ComparedDeployment, DocumentArray, LoadGate } from "../../src/ports.ts";
import { paced } from "../../src/work/paced-reader.ts";
import { unlimitedLoad } from "../support/unlimited-load.ts";

/** A reader with private parts, as the real ones have. */
class Reader {
  readonly #counts = [2, 3];
  readonly asked: ArrayRequest[] = [];

  async *readArrays(request: ArrayRequest): AsyncGenerator<DocumentArray> {
    this.asked.push(request);
    for (const count of this.#counts) {
      yield { bytes: Buffer.alloc(10 * count), offsets: Array.from({ length: count }, () => 0) };
    }
  }

  keyOf(document: Uint8Array): Uint8Array {
    return document.subarray(0, this.#counts.length);
  }
}

it("takes its share for each reply before it gives it, and is the same reader otherwise", async () => {
  const log: string[] = [];
  const portion = { documentCount: 7, bytes: 70 };
  const load: LoadGate = {
    ...unlimitedLoad(),
    portion,
    untilMayCompare: async () => {
      log.push("waits for the time");
    },
    takePatiently: async (documentCount, bytes) => {
      log.push(`takes ${documentCount}, ${bytes}`);
      return true;
    },
  };
  const reader = new Reader();
  const slow = paced(reader as unknown as ComparedDeployment, load);
  const signal = new AbortController().signal;
  for await (const { offsets } of slow.readArrays({ order: "key" } as ArrayRequest, signal)) {
    log.push(`gives ${offsets.length}`);
  }
  expect(log).toEqual([
    "waits for the time",
    "waits for the time",
    "takes 2, 20",
    "gives 2",
    "waits for the time",
    "takes 3, 30",
    "gives 3",
  ]);
  expect(reader.asked[0]?.most?.()).toBe(portion);
  expect(slow.keyOf(Buffer.alloc(5))).toHaveLength(2);
});
