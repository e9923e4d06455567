import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfDocument } from "../../src/mongo/raw-bson.ts";
import type { DocumentArray } from "../../src/ports.ts";
import { SliceComparison } from "../../src/verify/slice-comparison.ts";
import { compareStreams, type StreamOutcome } from "../../src/verify/stream-comparison.ts";
import type { Suspect } from "../../src/verify/suspect.ts";
import { arrayOf, arraysOf, type Doc, keyNumber } from "./document-arrays.ts";

/** Documents with keys of their own, sorted, cut into replies anywhere. */
const side = fc
  .uniqueArray(fc.record({ _id: fc.nat(30), value: fc.constantFrom("a", "b") }), {
    selector: (document) => document._id,
    maxLength: 30,
  })
  .chain((documents) =>
    fc.array(fc.nat(documents.length), { maxLength: 4 }).map((cuts) => {
      const sorted = documents.toSorted((a, b) => a._id - b._id);
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), documents.length];
      return bounds.slice(1).map((end, index) => sorted.slice(bounds[index], end));
    }),
  );

type Side = readonly (readonly Doc[])[];

function compareSlice(source: Side, target: Side): readonly Suspect[] {
  const comparison = new SliceComparison(source.flatMap(arraysOf), keyOfDocument);
  const suspects = target.flatMap(arraysOf).flatMap((array) => comparison.add(array));
  return [...suspects, ...comparison.finish()];
}

async function* streamOf(replies: Side): AsyncGenerator<DocumentArray> {
  for (const documents of replies) yield* arraysOf(documents);
}

async function* failing(): AsyncGenerator<DocumentArray> {
  yield arrayOf([{ _id: 0, value: "x" }]);
  throw new Error("connection lost");
}

async function compareInOrder(source: Side, target: Side): Promise<StreamOutcome> {
  return compareStreams(streamOf(source), streamOf(target), {
    keyOf: keyOfDocument,
    isOrderPart: false,
    keepsMore: false,
  });
}

function expected(source: Side, target: Side): readonly string[] {
  const a = new Map(source.flat().map((document) => [document._id, document.value]));
  const b = new Map(target.flat().map((document) => [document._id, document.value]));
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((id) => {
    if (!b.has(id)) return [`missing ${id}`];
    if (!a.has(id)) return [`extra ${id}`];
    return a.get(id) === b.get(id) ? [] : [`different ${id}`];
  });
}

function texts(suspects: readonly Suspect[]): readonly string[] {
  return suspects.map(({ kind, key }) => `${kind} ${keyNumber(key)}`);
}

describe("SliceComparison", () => {
  it("finds exactly what differs, however both sides are cut into replies", () => {
    fc.assert(
      fc.property(side, side, (a, b) => {
        const found = texts(compareSlice(a, b));
        expect(new Set(found)).toEqual(new Set(expected(a, b)));
        expect(found).toHaveLength(expected(a, b).length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds nothing between equal sides that are cut in different ways", () => {
    fc.assert(
      fc.property(side, fc.nat(30), (a, at) => {
        const documents = a.flat();
        const b = [documents.slice(0, at), documents.slice(at)];
        expect(compareSlice(a, b)).toEqual([]);
      }),
    );
  });

  it("counts both sides", () => {
    const comparison = new SliceComparison([arrayOf([{ _id: 1, value: "a" }])], keyOfDocument);
    comparison.add(arrayOf([{ _id: 1, value: "a" }]));
    comparison.add(arrayOf([{ _id: 2, value: "a" }]));
    expect(comparison.finish()).toEqual([]);
    expect([comparison.sourceDocuments, comparison.targetDocuments]).toEqual([1, 2]);
  });

  it("does not take a reply that was cut for the whole of it", () => {
    const whole = arrayOf([
      { _id: 1, value: "a" },
      { _id: 2, value: "a" },
    ]);
    const rest = { ...whole, offsets: whole.offsets.slice(1) };
    const comparison = new SliceComparison([rest], keyOfDocument);
    expect(texts(comparison.add(whole))).toEqual(["extra 1"]);
    expect(comparison.finish()).toEqual([]);
  });

  it.each<[BSON.Document, BSON.Document]>([
    [
      { _id: 1, a: 1, b: 2 },
      { _id: 1, b: 2, a: 1 },
    ],
    [
      { _id: 1, a: 1 },
      { _id: 1, a: new BSON.Double(1) },
    ],
    [
      { _id: 1, a: 1 },
      { a: 1, _id: 1 },
    ],
  ])("compares bytes: %j is not %j", (a, b) => {
    const comparison = new SliceComparison([arrayOf([a as Doc])], keyOfDocument);
    expect(texts(comparison.add(arrayOf([b as Doc])))).toEqual(["different 1"]);
    expect(comparison.finish()).toEqual([]);
  });
});

describe("compareStreams", () => {
  it("finds exactly what differs", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, async (a, b) => {
        const found = await compareInOrder(a, b);
        expect(new Set(texts(found.suspects))).toEqual(new Set(expected(a, b)));
        expect(found).toMatchObject({
          sourceDocuments: a.flat().length,
          targetDocuments: b.flat().length,
          isComplete: true,
        });
      }),
      { numRuns: 500 },
    );
  });

  it("tells documents in another place apart where the order counts", async () => {
    const a = [1, 2, 3].map((_id) => ({ _id, value: "a" }));
    const options = { keyOf: keyOfDocument, isOrderPart: true, keepsMore: false };
    const found = await compareStreams(streamOf([a]), streamOf([a.toReversed()]), options);
    expect(texts(found.suspects)).toEqual(["moved 2", "moved 3"]);
    expect((await compareStreams(streamOf([a]), streamOf([a]), options)).suspects).toEqual([]);
  });

  it("passes over what the source has forgotten, and only that", async () => {
    const documents = Array.from({ length: 10 }, (_, _id) => ({ _id, value: "a" }));
    const options = { keyOf: keyOfDocument, isOrderPart: true, keepsMore: true };
    const kept = documents.slice(4);
    const equal = await compareStreams(streamOf([kept]), streamOf([documents]), options);
    expect(equal).toMatchObject({ suspects: [], sourceDocuments: 6, targetDocuments: 6 });
    const damaged = documents.filter(({ _id }) => _id !== 4 && _id !== 7);
    const found = await compareStreams(streamOf([kept]), streamOf([damaged]), options);
    expect(texts(found.suspects)).toEqual(["missing 4", "missing 7"]);
  });

  it("gives up after very many differences, and says so", async () => {
    const documents = Array.from({ length: 100_002 }, (_, _id) => ({ _id, value: "x" }));
    const found = await compareInOrder([documents, [{ _id: -1, value: "x" }]], []);
    expect(found.isComplete).toBe(false);
  });

  it("ends both sides when one of them fails", async () => {
    let isClosed = false;
    async function* healthy(): AsyncGenerator<DocumentArray> {
      try {
        for (let _id = 0; _id < 9; _id++) yield arrayOf([{ _id, value: "x" }]);
      } finally {
        isClosed = true;
      }
    }
    const options = { keyOf: keyOfDocument, isOrderPart: false, keepsMore: false };
    await expect(compareStreams(healthy(), failing(), options)).rejects.toThrow("connection lost");
    expect(isClosed).toBe(true);
  });
});
