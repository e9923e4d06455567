import { describe, expect, it } from "vitest";
import { describeFollowing } from "../../src/report/describe-following.ts";
import { FIGURES } from "./sample-figures.ts";

describe("describeFollowing", () => {
  it("says all in one line", () => {
    expect(describeFollowing(FIGURES)).toBe(
      "Not delayed (0.2 s), 1,204 changes/s, 9,000 changes applied in 800 writes, the source keeps 2 h 5 min of changes behind this point",
    );
  });

  it("calls ten seconds not delayed, and more so", () => {
    expect(describeFollowing({ ...FIGURES, lagMs: 10_000 })).toMatch(/^Not delayed \(10 s\), /u);
    expect(describeFollowing({ ...FIGURES, lagMs: 10_001 })).toMatch(/^Delayed \(10 s\), /u);
    expect(describeFollowing({ ...FIGURES, lagMs: 3_600_000 })).toMatch(/^Delayed \(1 h\), /u);
  });

  it("counts one change and one write as such", () => {
    const one = { ...FIGURES, changesApplied: 1, writes: 1, appliedPerSecond: 0 };
    expect(describeFollowing(one)).toContain("0 changes/s, 1 change applied in 1 write,");
  });

  it("does not speak of history whose length is not known", () => {
    expect(describeFollowing({ ...FIGURES, headroomMs: null })).toBe(
      "Not delayed (0.2 s), 1,204 changes/s, 9,000 changes applied in 800 writes",
    );
  });
});
