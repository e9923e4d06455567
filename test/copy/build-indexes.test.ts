import { describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { buildIndexes } from "../../src/copy/build-indexes.ts";
import type { CopyTools } from "../../src/copy/copy-collections.ts";
import type { CollectionRecord, IndexRefusal } from "../../src/ports.ts";
import { createIndex, exact, namespace } from "../report/sample-plan.ts";

const target = namespace("store.orders");

const record: CollectionRecord = {
  target,
  source: namespace("shop.orders"),
  sourceUuid: "source",
  targetUuid: "ours",
  replaced: null,
  filter: null,
  isComplete: false,
  failedIndexes: [],
  indexes: [],
  viewDigest: null,
  planDigest: "plan",
  runSeq: 1,
  state: "indexing",
  partitionCount: 1,
};

const indexes = ["a_1", "b_1"].map((name) =>
  createIndex("shop.orders", "store.orders", name, exact(["name", name])),
);

const refusal: IndexRefusal = {
  cause: "values occur more than once",
  detail: "E11000",
  isDuplicate: false,
  duplicate: null,
};

/** A destination where each call of `createIndexes` answers with the next result. */
function destinationOf(results: (IndexRefusal | Error | null)[]) {
  const asked: string[][] = [];
  const destination = {
    readIndexShare: async () => null,
    createIndexes: async (
      _: unknown,
      uuid: string,
      specs: readonly { fields: Map<string, string> }[],
    ) => {
      asked.push([uuid, ...specs.map(({ fields }) => fields.get("name") ?? "")]);
      const result = results.shift() ?? null;
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const tools = {
    destination,
    retry: retryOnce,
    stop: new AbortController().signal,
    board: { setIndexShare() {} },
  } as unknown as CopyTools;
  return { asked, tools };
}

async function retryOnce<T>(run: () => Promise<T>): Promise<T> {
  return run().catch(async (error: unknown) => {
    if (error instanceof OperationError && error.isRetryable) return run();
    throw error;
  });
}

describe("buildIndexes", () => {
  it("builds all in one pass", async () => {
    const { asked, tools } = destinationOf([]);
    expect(await buildIndexes(record, indexes, tools)).toEqual([]);
    expect(asked).toEqual([["ours", "a_1", "b_1"]]);
  });

  it("builds one by one what the server refuses together", async () => {
    const { asked, tools } = destinationOf([refusal, null, refusal]);
    const { cause, detail } = refusal;
    expect(await buildIndexes(record, indexes, tools)).toEqual([
      { target, index: "b_1", cause, detail, examples: [] },
    ]);
    expect(asked).toEqual([
      ["ours", "a_1", "b_1"],
      ["ours", "a_1"],
      ["ours", "b_1"],
    ]);
  });

  it("asks nothing where there is none to build", async () => {
    const { asked, tools } = destinationOf([]);
    expect(await buildIndexes(record, [], tools)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("I8 names the collection that was copied, each time it asks", async () => {
    const lost = new OperationError({ operation: "test", object: "test", isRetryable: true });
    const { asked, tools } = destinationOf([lost]);
    await buildIndexes(record, indexes, tools);
    expect(asked).toEqual([
      ["ours", "a_1", "b_1"],
      ["ours", "a_1", "b_1"],
    ]);
  });
});
