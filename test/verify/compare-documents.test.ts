import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DocumentBatch } from "../../src/ports.ts";
import { keyOfDocument } from "../../src/mongo/raw-bson.ts";
import { compareDocuments, type DocumentDifferences } from "../../src/verify/compare-documents.ts";

interface Doc {
  readonly _id: number;
  readonly value: string;
}

function encode(document: Doc): Uint8Array {
  return BSON.serialize(document);
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}

/** A reader that also notes whether it was ended properly. */
class Batches implements AsyncIterable<DocumentBatch> {
  isClosed = false;
  readonly #batches: readonly (readonly Doc[])[];

  constructor(batches: readonly (readonly Doc[])[]) {
    this.#batches = batches;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DocumentBatch> {
    try {
      for (const documents of this.#batches) {
        const raws = documents.map(encode);
        const last = raws.at(-1);
        if (last === undefined) continue;
        // At an odd offset within a larger buffer, as a reply's documents are.
        const bytes = Buffer.concat([Buffer.alloc(3), ...raws]).subarray(3);
        yield { bytes, documentCount: raws.length, lastKey: keyOfDocument(last) };
      }
    } finally {
      this.isClosed = true;
    }
  }
}

async function compare(
  source: readonly (readonly Doc[])[],
  target: readonly (readonly Doc[])[],
): Promise<DocumentDifferences> {
  const [left, right] = [new Batches(source), new Batches(target)];
  const found = await compareDocuments(left, right, keyOfDocument);
  expect([left.isClosed, right.isClosed]).toEqual([true, true]);
  return found;
}

async function* oneDocument(document: BSON.Document): AsyncGenerator<DocumentBatch> {
  const bytes = BSON.serialize(document);
  yield { bytes, documentCount: 1, lastKey: keyOfDocument(bytes) };
}

async function countDiffering(a: BSON.Document, b: BSON.Document): Promise<number> {
  return (await compareDocuments(oneDocument(a), oneDocument(b), keyOfDocument)).differing;
}

async function* failAfterOne(): AsyncGenerator<DocumentBatch> {
  yield* oneDocument({ _id: 1, value: "x" });
  throw new Error("connection lost");
}

/** Documents with keys of their own, in any order, cut into batches anywhere. */
const side = fc
  .uniqueArray(fc.record({ _id: fc.nat(30), value: fc.constantFrom("a", "b") }), {
    selector: (document) => document._id,
    maxLength: 30,
  })
  .chain((documents) =>
    fc.array(fc.nat(documents.length), { maxLength: 6 }).map((cuts) =>
      cutInto(
        documents,
        cuts.toSorted((a, b) => a - b),
      ),
    ),
  );

function cutInto(documents: readonly Doc[], cuts: readonly number[]): readonly (readonly Doc[])[] {
  const bounds = [0, ...cuts, documents.length];
  return bounds.slice(1).map((end, index) => documents.slice(bounds[index], end));
}

function inOrder(batches: readonly (readonly Doc[])[]): readonly (readonly Doc[])[] {
  const sorted = batches.flat().toSorted((a, b) => a._id - b._id);
  return cutInto(sorted, [Math.floor(sorted.length / 2)]);
}

describe("compareDocuments", () => {
  it("finds exactly what differs between any two lists, in whatever order they come", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.boolean(), async (a, b, isOrdered) => {
        const found = isOrdered ? await compare(inOrder(a), inOrder(b)) : await compare(a, b);
        const source = new Map(a.flat().map((document) => [document._id, document]));
        const target = new Map(b.flat().map((document) => [document._id, document]));
        const missing = [...source.keys()].filter((id) => !target.has(id));
        const extra = [...target.keys()].filter((id) => !source.has(id));
        const differing = [...source.values()].filter(({ _id, value }) => {
          const other = target.get(_id);
          return other !== undefined && other.value !== value;
        });
        const { examples, ...counts } = found;
        expect(counts).toEqual({
          sourceDocuments: source.size,
          targetDocuments: target.size,
          differing: differing.length,
          missing: missing.length,
          extra: extra.length,
          isComplete: true,
        });
        const wrong = [...missing, ...extra, ...differing.map(({ _id }) => _id)];
        const wrongKeys = wrong.map((id) => keyText(BSON.serialize({ _id: id })));
        expect(examples).toHaveLength(Math.min(wrong.length, 5));
        expect(new Set(examples.map(keyText)).size).toBe(examples.length);
        for (const example of examples) expect(wrongKeys).toContain(keyText(example));
      }),
      { numRuns: 500 },
    );
  });

  it("compares bytes: another type or order of fields is a difference", async () => {
    expect(await countDiffering({ _id: 1, a: 1, b: 2 }, { _id: 1, a: 1, b: 2 })).toBe(0);
    expect(await countDiffering({ _id: 1, a: 1, b: 2 }, { _id: 1, b: 2, a: 1 })).toBe(1);
    expect(await countDiffering({ _id: 1, a: 1 }, { _id: 1, a: new BSON.Double(1) })).toBe(1);
    expect(await countDiffering({ _id: 1, a: 1 }, { a: 1, _id: 1 })).toBe(1);
  });

  it("counts equal documents over many batches, and none of them as a difference", async () => {
    const batch = Array.from({ length: 60_000 }, (_, i) => ({ _id: i, value: "x" }));
    const more = batch.map(({ _id }) => ({ _id: _id + 60_000, value: "x" }));
    const found = await compare([batch, more], [batch, more]);
    expect(found).toMatchObject({ sourceDocuments: 120_000, differing: 0, isComplete: true });
  });

  it("gives up after very many differences, and says so", async () => {
    const documents = Array.from({ length: 100_002 }, (_, i) => ({ _id: i, value: "x" }));
    const found = await compare([documents, [{ _id: -1, value: "x" }]], []);
    expect(found).toMatchObject({ missing: 100_001, isComplete: false });
    expect(found.examples).toHaveLength(5);
  });

  it("ends both sides when one of them fails", async () => {
    const healthy = new Batches([[{ _id: 1, value: "x" }], [{ _id: 2, value: "x" }]]);
    const comparing = compareDocuments(healthy, failAfterOne(), keyOfDocument);
    await expect(comparing).rejects.toThrow("connection lost");
    expect(healthy.isClosed).toBe(true);
  });
});
