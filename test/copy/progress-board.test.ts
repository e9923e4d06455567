import { describe, expect, it } from "vitest";
import { ProgressBoard } from "../../src/copy/progress-board.ts";
import {
  createCollection,
  createView,
  emptyPlan,
  namespace,
  samplePlan,
} from "../report/sample-plan.ts";

const plan = emptyPlan({
  actions: [
    createCollection("shop.b", "store.b", { documentCount: 20, dataBytes: 200 }),
    createCollection("shop.a", "store.a", { documentCount: 10, dataBytes: 100 }),
    createView("shop.v", "store.v"),
  ],
});

describe("ProgressBoard", () => {
  it("starts with all collections of the plan, in its order, and no views or indexes", () => {
    expect(new ProgressBoard(plan, []).snapshot()).toEqual([
      {
        source: namespace("shop.b"),
        target: namespace("store.b"),
        state: "pending",
        documentCount: 20,
        dataBytes: 200,
        copiedDocuments: 0,
        copiedBytes: 0,
        indexShare: null,
      },
      expect.objectContaining({ target: namespace("store.a"), documentCount: 10 }),
    ]);
    expect(new ProgressBoard(samplePlan(), []).snapshot()).toHaveLength(3);
  });

  it("adds what is copied to what was copied before", () => {
    const board = new ProgressBoard(plan, [
      { target: namespace("store.a"), copiedDocuments: 3, copiedBytes: 30 },
    ]);
    board.add(namespace("store.a"), 2, 20);
    board.add(namespace("store.b"), 1, 10);
    board.setState(namespace("store.a"), "copying");
    expect(board.snapshot()).toMatchObject([
      { state: "pending", copiedDocuments: 1, copiedBytes: 10 },
      { state: "copying", copiedDocuments: 5, copiedBytes: 50 },
    ]);
  });

  it("holds how far an index build is until told that none runs", () => {
    const board = new ProgressBoard(plan, []);
    const target = namespace("store.a");
    board.setIndexShare(target, 0.4);
    expect(board.snapshot().map(({ indexShare }) => indexShare)).toEqual([null, 0.4]);
    board.setIndexShare(target, null);
    expect(board.snapshot()[1]?.indexShare).toBeNull();
  });

  it("knows nothing of targets that are not in the plan", () => {
    const gone = namespace("store.gone");
    const board = new ProgressBoard(plan, [{ target: gone, copiedDocuments: 3, copiedBytes: 30 }]);
    board.add(gone, 1, 1);
    board.setState(gone, "done");
    board.add(namespace("store.v"), 1, 1);
    expect(board.snapshot()).toEqual(new ProgressBoard(plan, []).snapshot());
  });

  it("gives away copies, which stay as they were", () => {
    const board = new ProgressBoard(plan, []);
    const before = board.snapshot();
    board.add(namespace("store.a"), 1, 1);
    expect(before[1]?.copiedDocuments).toBe(0);
  });
});
