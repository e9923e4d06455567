import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOfDocument, splitDocuments, takeCursorReply } from "../../src/mongo/raw-bson.ts";
import { encodeFields, fields, value } from "./bson-values.ts";

/** A document with `_id` at any place among its fields. */
const stored = fc.tuple(fields, value, fc.nat(6)).map(([others, id, position]) => {
  const entries = [...others].filter(([name]) => name !== "_id");
  const withId = [...entries.slice(0, position), ["_id", id] as const, ...entries.slice(position)];
  return { id, bytes: encodeFields(new Map<string, unknown>(withId)) };
});

function documentOf(name: string, content: unknown): Uint8Array {
  return encodeFields(new Map([[name, content]]));
}

const TYPE = { document: 3, array: 4, int64: 18 } as const;

type RawElement = readonly [type: number, name: string, value: Uint8Array];

/** Puts a document together from raw values, so that what stands in it is certain. */
function rawDocument(...elements: readonly RawElement[]): Buffer {
  const parts = elements.flatMap(([type, name, bytes]) => [
    Buffer.from([type]),
    Buffer.from(`${name}\0`),
    bytes,
  ]);
  const document = Buffer.concat([Buffer.alloc(4), ...parts, Buffer.alloc(1)]);
  document.writeInt32LE(document.length, 0);
  return document;
}

interface CursorShape {
  readonly id?: bigint;
  readonly batchName?: string;
  readonly isIdLast?: boolean;
}

/** The `cursor` field of a reply, in the middle of a larger buffer, as the driver hands it over. */
function cursorOf(
  documents: readonly Uint8Array[],
  { id = 0n, batchName = "firstBatch", isIdLast = false }: CursorShape = {},
): Buffer {
  const elements = documents.map((raw, index) => [TYPE.document, `${index}`, raw] as const);
  const batch = [TYPE.array, batchName, rawDocument(...elements)] as const;
  const idBytes = Buffer.alloc(8);
  idBytes.writeBigInt64LE(id);
  const cursorId = [TYPE.int64, "id", idBytes] as const;
  const whole = rawDocument(...(isIdLast ? [batch, cursorId] : [cursorId, batch]));
  const larger = Buffer.concat([Buffer.alloc(5, 0xff), whole, Buffer.alloc(5, 0xff)]);
  return larger.subarray(5, 5 + whole.length);
}

describe("keyOfDocument", () => {
  it("cuts out _id as it is, of any type and wherever it stands", () => {
    fc.assert(
      fc.property(stored, ({ id, bytes }) => {
        expect(Buffer.compare(keyOfDocument(bytes), documentOf("_id", id))).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("works on a view, and copies", () => {
    const bytes = Buffer.concat([Buffer.alloc(3), BSON.serialize({ a: 1, _id: "x" })]);
    const key = keyOfDocument(bytes.subarray(3));
    bytes.fill(0);
    expect(BSON.deserialize(key)).toEqual({ _id: "x" });
  });

  it("does not mistake other names for it", () => {
    const bytes = BSON.serialize({ id: 1, __id: 2, _id2: 3, "": { _id: 4 }, _id: 5 });
    expect(BSON.deserialize(keyOfDocument(bytes))).toEqual({ _id: 5 });
    expect(() => keyOfDocument(BSON.serialize({ id: 1, a: { _id: 4 } }))).toThrow("no _id");
  });
});

describe("takeCursorReply", () => {
  it("moves the documents of a reply together, byte for byte", () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const documents = fc.array(stored, { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(documents, int64, fc.boolean(), (given, id, isIdLast) => {
        const raws = given.map(({ bytes }) => bytes);
        const reply = takeCursorReply(cursorOf(raws, { id, isIdLast }));
        expect(reply.cursorId).toBe(id);
        expect(reply.batch?.documentCount).toBe(raws.length);
        expect(asBuffer(reply.batch?.bytes).equals(Buffer.concat(raws))).toBe(true);
        expect(asBuffer(reply.batch?.lastDocument).equals(asBuffer(raws.at(-1)))).toBe(true);
      }),
    );
  });

  it("knows an array's names of any length", () => {
    const raws = Array.from({ length: 1_001 }, (_, i) => BSON.serialize({ _id: i }));
    const { batch } = takeCursorReply(cursorOf(raws, { batchName: "nextBatch" }));
    expect(batch?.documentCount).toBe(1_001);
    expect(asBuffer(batch?.bytes).equals(Buffer.concat(raws))).toBe(true);
  });

  it("tells the end of a cursor, with and without documents", () => {
    expect(takeCursorReply(cursorOf([]))).toEqual({ cursorId: 0n, batch: null, resumeToken: null });
    const open = cursorOf([], { id: 7n, batchName: "nextBatch" });
    expect(takeCursorReply(open)).toEqual({ cursorId: 7n, batch: null, resumeToken: null });
  });

  it("refuses what is no reply with documents", () => {
    expect(() => takeCursorReply(cursorOf([], { batchName: "batch" }))).toThrow(
      "neither firstBatch nor nextBatch",
    );
  });
});

describe("splitDocuments", () => {
  it("gives back each document of a run, as views of it", () => {
    fc.assert(
      fc.property(fc.array(stored, { maxLength: 8 }), (given) => {
        const raws = given.map(({ bytes }) => bytes);
        const run = Buffer.concat([Buffer.alloc(3), ...raws]).subarray(3);
        const parts = [...splitDocuments(run)];
        expect(parts.map((part) => asBuffer(part).toString("hex"))).toEqual(
          raws.map((raw) => asBuffer(raw).toString("hex")),
        );
        expect(parts.every((part) => part.buffer === run.buffer)).toBe(true);
      }),
    );
  });
});

function asBuffer(bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
