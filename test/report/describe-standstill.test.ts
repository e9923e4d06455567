import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import type { Phase } from "../../src/model/run.ts";
import { standstill } from "../../src/report/describe-standstill.ts";
import { copied, progressOf } from "./sample-progress.ts";

const NOTHING = { mode: "full", progress: [], checkpoint: null } as const;

describe("what a standstill means for the destination", () => {
  it.each<[Phase, string]>([
    ["Pending", "nothing was copied by this run"],
    ["Prechecking", "nothing was copied by this run"],
    ["Copying", "the destination is incomplete: views, or indexes, may be missing"],
    ["Verifying", "everything is copied, and was not compared to the end"],
    ["CatchingUp", "it lacks changes since a time that is not known"],
    ["Streaming", "without a cutover its unique, TTL and hidden indexes are plain ones"],
    ["CuttingOver", "the destination is as the source was at a time that is not known"],
    ["Completed", "the destination stays as it is"],
  ])("is said after %s", (left, words) => {
    expect(standstill({ ...NOTHING, left })).toContain(words);
  });

  it("names what is missing after Copying, and what has changed meanwhile", () => {
    const progress = [
      copied("done", 100, { state: "done" }),
      copied("half", 50),
      copied("bare", 100, { state: "indexing" }),
      progressOf("later", { state: "pending" }),
    ];
    const said = standstill({
      left: "Copying",
      mode: "full-and-incremental",
      progress,
      checkpoint: null,
    });
    expect(said).toBe(
      "the destination is incomplete: it lacks all or part of 3 collections of 4, with indexes and views: " +
        "store.half (50 % of it is there), store.bare (indexes are missing), store.later (not begun); " +
        "and what has changed at the source since the copy began",
    );
  });

  it("tells the time up to which changes are there", () => {
    const checkpoint = { position: { clusterTime: { seconds: 1_700_000_000 } } } as Checkpoint;
    expect(standstill({ ...NOTHING, left: "Streaming", checkpoint })).toContain(
      "as the source was at 2023-11-14 22:13:20 UTC",
    );
  });
});
