import { BSON } from "mongodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { keyOfDocument, splitDocuments } from "../../src/mongo/raw-bson.ts";
import { skipRead } from "../../src/mongo/skip-read.ts";
import type { DocumentBatch } from "../../src/ports.ts";
import { namespace } from "../report/sample-plan.ts";

const LOG = namespace("shop.log");

/** Documents of several sizes, in an order that is not that of their keys. */
const log = fc
  .uniqueArray(fc.tuple(fc.integer(), fc.string()), { minLength: 1, selector: ([id]) => id })
  .map((entries) => entries.map(([_id, text]) => BSON.serialize({ text, _id })));

function toBatch(documents: readonly Uint8Array[]): DocumentBatch {
  const last = documents.at(-1);
  if (last === undefined) throw new Error("a batch holds a document at least");
  const lastKey = keyOfDocument(last);
  return { bytes: Buffer.concat(documents), documentCount: documents.length, lastKey };
}

async function* batchesOf(
  documents: readonly Uint8Array[],
  sizes: readonly number[],
): AsyncGenerator<DocumentBatch> {
  for (let from = 0, n = 0; from < documents.length; n++) {
    const to = from + (sizes[n % sizes.length] ?? 1);
    yield toBatch(documents.slice(from, to));
    from = to;
  }
}

async function read(batches: AsyncIterable<DocumentBatch>): Promise<readonly Buffer[]> {
  const documents: Buffer[] = [];
  for await (const { bytes, documentCount, lastKey } of batches) {
    const some = [...splitDocuments(bytes)].map((document) => Buffer.from(document));
    expect(some).toHaveLength(documentCount);
    expect(Buffer.from(lastKey)).toEqual(Buffer.from(keyOfDocument(some.at(-1) ?? bytes)));
    documents.push(...some);
  }
  return documents;
}

describe("skipRead", () => {
  it("gives what comes behind the document of the key, wherever batches are cut", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(log, sizes, fc.nat(), async (documents, cuts, pick) => {
        const position = pick % documents.length;
        const key = keyOfDocument(documents[position] ?? new Uint8Array());
        const rest = await read(skipRead(LOG, batchesOf(documents, cuts), key));
        expect(rest).toEqual(documents.slice(position + 1).map((each) => Buffer.from(each)));
      }),
    );
  });

  it("finds no key in another one that is equal only as a number", async () => {
    const documents = [{ _id: new BSON.Int32(1) }, { _id: new BSON.Int32(2) }].map((each) =>
      BSON.serialize(each),
    );
    const key = BSON.serialize({ _id: new BSON.Double(1) });
    await expect(read(skipRead(LOG, batchesOf(documents, [2]), key))).rejects.toThrow("is gone");
  });

  it.each([
    ["holds nothing", []],
    ["holds only what came later", [3, 4, 5]],
  ])("fails, and gives nothing, where the collection %s", async (_, ids) => {
    const documents = ids.map((_id) => BSON.serialize({ _id }));
    const reading = skipRead(LOG, batchesOf(documents, [2]), BSON.serialize({ _id: 2 }));
    const failure: unknown = await reading.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OperationError);
    expect(failure).toMatchObject({ object: "shop.log", isRetryable: false });
  });
});
