import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import type { DesiredState } from "../../src/model/migration.ts";
import type { Review, ReviewFinding } from "../../src/model/review.ts";
import { describeNext, judgeReview, warnOfStopping } from "../../src/report/review-verdict.ts";
import { emptyPlan, objectChange, samplePlan } from "./sample-plan.ts";
import { sampleReview } from "./sample-review.ts";

const found = (result: Finding["result"]): Finding => ({
  rule: "oplog-window",
  result,
  message: "31 h",
  remedy: "",
});
const planned = (
  plan: Extract<ReviewFinding, { kind: "planned" }>["plan"],
  ...results: readonly Finding["result"][]
): Review => sampleReview({ finding: { kind: "planned", plan, findings: results.map(found) } });
const ADDING = samplePlan({
  actions: samplePlan().actions.filter(({ kind }) => kind.startsWith("create")),
});
const STATES: readonly DesiredState[] = ["running", "paused", "stopped", "cutover"];

describe("judgeReview", () => {
  it.each<readonly [string, Review, string, string]>([
    ["a plan that only adds", planned(ADDING, "passed"), "good", "2 to copy, 1 view"],
    [
      "a plan that destroys",
      planned(samplePlan(), "passed"),
      "notice",
      "3 to copy, 2 views, 2 replaced",
    ],
    ["a warning", planned(ADDING, "warning"), "notice", "2 to copy, 1 view"],
    [
      "a failed check",
      planned(ADDING, "failed"),
      "bad",
      "Precheck failed: nothing starts before it passes",
    ],
    [
      "a refused object",
      planned(emptyPlan({ objects: [objectChange("a.b", "c.d", { change: "refuse" })] })),
      "bad",
      "refused: 1 object",
    ],
    ["an end that is away", planned(null, "failed"), "bad", "an end cannot be reached"],
    ["nothing to do", planned(emptyPlan(), "passed"), "good", "nothing to do"],
    [
      "an error",
      sampleReview({ finding: { kind: "failed", reason: "x" } }),
      "bad",
      "could not be looked at",
    ],
    [
      "a deleted spec",
      sampleReview({ finding: { kind: "deleted" } }),
      "notice",
      "the spec is deleted: work stops, nothing is dropped",
    ],
    [
      "changed connections",
      sampleReview({ finding: { kind: "untrusted", connections: ["a", "b"] } }),
      "notice",
      "valid; not planned: 2 connections are not as on the base branch",
    ],
    [
      "a stop",
      sampleReview({ finding: { kind: "settings-only" }, desiredState: "stopped" }),
      "good",
      "will be stopped for good",
    ],
  ])("sees %s", (_, review, kind, text) => {
    expect(judgeReview(review)).toEqual({ kind, text });
  });
});

describe("describeNext", () => {
  const kinds: readonly ReviewFinding[] = [
    { kind: "planned", plan: ADDING, findings: [] },
    { kind: "settings-only" },
    { kind: "deleted" },
    { kind: "untrusted", connections: ["a"] },
    { kind: "failed", reason: "x" },
  ];

  it("says one thing to do in every case, and never to merge what is blocked", () => {
    for (const finding of kinds) {
      for (const desiredState of STATES) {
        const next = describeNext(sampleReview({ finding, desiredState }));
        expect(next).toMatch(/\.$/u);
        expect(next).not.toContain("\n");
      }
    }
    const blocked = describeNext(planned(ADDING, "failed"));
    expect(blocked).toContain("Merged as it is, nothing starts.");
    expect(blocked).not.toContain("approve");
  });
});

function warn(desiredState: DesiredState, changes: Partial<Review> = {}): string | null {
  const finding = { kind: "settings-only" } as const;
  const standing = { phase: "Copying", lacks: "it lacks half" } as const;
  return warnOfStopping(sampleReview({ finding, desiredState, standing, ...changes }));
}

describe("warnOfStopping", () => {
  it("warns of a run that is left or moved on midway, and of no other", () => {
    expect(warn("running")).toBeNull();
    for (const state of STATES.slice(1)) {
      expect(warn(state)).toContain("Copying");
      expect(warn(state, { standing: null })).toBeNull();
      expect(
        warn(state, { finding: { kind: "planned", plan: ADDING, findings: [] } }),
      ).not.toBeNull();
    }
    expect(warn("stopped")).toContain("it lacks half");
    expect(warn("running", { finding: { kind: "deleted" } })).toContain("may be incomplete");
  });
});
