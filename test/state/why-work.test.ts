import { describe, expect, it } from "vitest";
import type { DesiredState } from "../../src/model/migration.ts";
import type { Phase, RunRecord } from "../../src/model/run.ts";
import { whyWork } from "../../src/state/why-work.ts";

function run(phase: Phase, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    migration: "shop",
    phase,
    since: new Date(0),
    epoch: 1,
    seq: 3,
    planDigest: null,
    specHash: "a",
    conditions: [],
    runSeq: 1,
    startFence: null,
    isAdmitted: true,
    publishedSeq: 3,
    ...changes,
  };
}

function why(found: RunRecord | null, desiredState: DesiredState = "running"): string | null {
  return whyWork(found, { desiredState, specHash: "a" });
}

describe("whether a migration needs work", () => {
  it("depends on what is desired where nothing has happened yet", () => {
    expect(why(null)).toBe("it has not begun");
    expect(why(null, "cutover")).toBe("it has not begun");
    expect([why(null, "paused"), why(null, "stopped")]).toEqual([null, null]);
  });

  it("is so in every phase that is not an end, and not the one desired", () => {
    for (const phase of ["Pending", "Prechecking", "Copying", "Streaming", "Stalled"] as const) {
      expect(why(run(phase))).toBe(`it is ${phase}`);
      expect(why(run(phase), "paused")).toBe(`it is ${phase}, and paused is desired`);
      expect(why(run(phase), "stopped")).toBe(`it is ${phase}, and stopped is desired`);
    }
    expect(why(run("Paused"), "paused")).toBeNull();
    expect(why(run("Paused"))).toBe("it is Paused");
    expect(why(run("Paused"), "stopped")).toBe("it is Paused, and stopped is desired");
  });

  it("is not so once it has ended, until the spec is another", () => {
    expect([why(run("Completed")), why(run("Completed"), "cutover")]).toEqual([null, null]);
    expect([why(run("Stopped"), "stopped"), why(run("Stopped"), "paused")]).toEqual([null, null]);
    expect(why(run("Completed", { specHash: "b" }))).toContain("its spec has changed");
    expect(why(run("Completed", { specHash: "b" }), "stopped")).toBeNull();
    expect(why(run("Stopped"))).toBe("it is Stopped, and running is desired");
  });

  it("is so where git does not know of its end", () => {
    expect(why(run("Completed", { publishedSeq: 2 }))).toBe(
      "that it is Completed is not in git yet",
    );
  });
});
