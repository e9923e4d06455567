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
function destinationOf(uuids: (string | null)[], results: (IndexRefusal | Error | null)[]) {
  const asked: string[][] = [];
  const destination = {
    readUuid: async () => (uuids.length > 1 ? (uuids.shift() ?? null) : (uuids[0] ?? null)),
    readIndexShare: async () => null,
    createIndexes: async (_: unknown, specs: readonly { fields: Map<string, string> }[]) => {
      asked.push(specs.map(({ fields }) => fields.get("name") ?? ""));
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
    const { asked, tools } = destinationOf(["ours"], []);
    expect(await buildIndexes(record, indexes, tools)).toEqual([]);
    expect(asked).toEqual([["a_1", "b_1"]]);
  });

  it("builds one by one what the server refuses together", async () => {
    const { asked, tools } = destinationOf(["ours"], [refusal, null, refusal]);
    const { cause, detail } = refusal;
    expect(await buildIndexes(record, indexes, tools)).toEqual([
      { target, index: "b_1", cause, detail, examples: [] },
    ]);
    expect(asked).toEqual([["a_1", "b_1"], ["a_1"], ["b_1"]]);
  });

  it("asks nothing where there is none to build", async () => {
    const { asked, tools } = destinationOf([null], []);
    expect(await buildIndexes(record, [], tools)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([
    ["is gone", null, "its UUID is gone instead of ours"],
    ["is another one", "theirs", "its UUID is theirs instead of ours"],
  ])("I8 asks nothing of a collection that %s", async (_, uuid, cause) => {
    const { asked, tools } = destinationOf([uuid], []);
    await expect(buildIndexes(record, indexes, tools)).rejects.toMatchObject({
      operation: "create indexes",
      object: "store.orders",
      isRetryable: false,
      message: expect.stringContaining(`${cause}. Something else dropped, replaced or renamed`),
    });
    expect(asked).toEqual([]);
  });

  it("I8 looks again before each try", async () => {
    const lost = new OperationError({ operation: "test", object: "test", isRetryable: true });
    const { asked, tools } = destinationOf(["ours", "theirs"], [lost]);
    await expect(buildIndexes(record, indexes, tools)).rejects.toThrow("its UUID is theirs");
    expect(asked).toHaveLength(1);
  });
});
