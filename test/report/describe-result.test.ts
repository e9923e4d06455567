import { describe, expect, it } from "vitest";
import { describeResult } from "../../src/report/describe-result.ts";
import { compared, sampleResult } from "./sample-result.ts";

describe("describeResult", () => {
  it("shows the last run only, with the time each phase took", () => {
    const view = describeResult(sampleResult());
    expect(view.phases.map(({ phase, durationMs }) => [phase, durationMs])).toEqual([
      ["Prechecking", 60_000],
      ["Copying", 7_200_000],
      ["Verifying", 540_000],
      ["Completed", null],
    ]);
    expect(view.durationMs).toBe(7_800_000);
  });

  it("joins copy, comparison and plan by target", () => {
    const { namespaces, totals } = describeResult(sampleResult());
    expect(namespaces.map(({ target }) => target)).toEqual([
      "shop.log",
      "store.customers",
      "store.open",
      "store.orders_v2",
      "store.recent",
    ]);
    expect(namespaces[1]).toEqual({
      source: "shop.customers",
      target: "store.customers",
      sourceDocuments: 1204,
      targetDocuments: 1204,
      copiedBytes: 42_991_616,
      indexCount: 1,
      isEqual: true,
    });
    expect(namespaces[0]).toMatchObject({ sourceDocuments: null, isEqual: null });
    expect(totals).toMatchObject({ namespaceCount: 5, indexCount: 2, unequalCount: 0 });
  });

  it.each([
    ["good", "Source and destination are equal", {}],
    ["good", "Counts and a sample agree", { verification: "sample" }],
    ["notice", "Copied, not compared", { verification: "off", results: [] }],
    [
      "bad",
      "Source and destination differ",
      { results: [compared("a.b", "c.d", { isEqual: false })] },
    ],
    ["bad", "Stopped", { run: { ...sampleResult().run, phase: "Stopped" } }],
  ] as const)("judges %s: %s", (kind, headline, changes) => {
    expect(describeResult(sampleResult(changes)).verdict).toMatchObject({ kind, headline });
  });

  it("says what differs", () => {
    const results = [
      compared("a.b", "c.d", {
        isEqual: false,
        missingDocuments: 1,
        extraDocuments: 2,
        examples: ['{"$oid":"65"}'],
        optionDifferences: ["capped"],
      }),
      compared("e.f", "g.h", {
        isEqual: false,
        sourceDocuments: 3,
        targetDocuments: 2,
        differingDocuments: null,
        missingDocuments: null,
        extraDocuments: null,
      }),
    ];
    expect(describeResult(sampleResult({ results })).differences).toEqual([
      {
        target: "c.d",
        counts: ["1 document missing at the destination", "2 documents at the destination only"],
        examples: ['{"$oid":"65"}'],
        definitions: ["capped"],
      },
      {
        target: "g.h",
        counts: ["3 documents at the source, 2 at the destination"],
        examples: [],
        definitions: [],
      },
    ]);
  });

  it("does without a plan and without a history", () => {
    const view = describeResult(sampleResult({ plan: null, transitions: [] }));
    expect(view).toMatchObject({ source: "unknown", durationMs: 0, phases: [] });
  });
});
