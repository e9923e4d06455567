import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { portionsOf } from "../../src/copy/portions.ts";
import { keyOfDocument } from "../../src/mongo/raw-bson.ts";
import type { DocumentBatch, Portion } from "../../src/ports.ts";

function batchOf(sizes: readonly number[]): DocumentBatch {
  const documents = sizes.map((size, index) =>
    BSON.serialize({ _id: index, pad: "x".repeat(size) }),
  );
  return {
    bytes: Buffer.concat(documents),
    documentCount: sizes.length,
    lastKey: keyOfDocument(documents.at(-1) ?? new Uint8Array()),
  };
}

function cut(batch: DocumentBatch, most: () => Portion | null): readonly DocumentBatch[] {
  return [...portionsOf(batch, most, keyOfDocument)];
}

describe("portionsOf", () => {
  it("leaves a batch whole where nothing is limited", () => {
    const batch = batchOf([1, 2, 3]);
    expect(cut(batch, () => null)).toEqual([batch]);
  });

  it("gives all documents in order, within the limits, each portion with its last key", () => {
    const sizes = fc.array(fc.nat(200), { minLength: 1, maxLength: 40 });
    const portions = fc.record({
      documentCount: fc.integer({ min: 1, max: 10 }),
      bytes: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(sizes, portions, (of, most) => {
        const batch = batchOf(of);
        const parts = cut(batch, () => most);
        expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.from(batch.bytes));
        expect(parts.reduce((sum, part) => sum + part.documentCount, 0)).toBe(of.length);
        expect(Buffer.from(parts.at(-1)?.lastKey ?? [])).toEqual(Buffer.from(batch.lastKey));
        let last = -1;
        for (const { bytes, documentCount, lastKey } of parts) {
          last += documentCount;
          expect(BSON.deserialize(lastKey)["_id"]).toBe(last);
          expect(documentCount).toBeLessThanOrEqual(most.documentCount);
          if (documentCount > 1) expect(bytes.length).toBeLessThanOrEqual(most.bytes);
        }
      }),
    );
  });

  it("asks for the limits before each portion", () => {
    let turn = 0;
    const parts = cut(batchOf([1, 1, 1, 1, 1]), () => {
      turn++;
      return turn < 3 ? { documentCount: turn, bytes: Infinity } : null;
    });
    expect(parts.map(({ documentCount }) => documentCount)).toEqual([1, 2, 2]);
  });
});
