import { describe, expect, it } from "vitest";
import { beginCutover, type CutoverRecord } from "../../src/model/cutover.ts";
import { reportCutover } from "../../src/report/describe-cutover.ts";
import { renderResultHtml } from "../../src/report/render-result-html.ts";
import { renderResultMarkdown } from "../../src/report/render-result-markdown.ts";
import { sampleResult } from "./sample-result.ts";

const NAMES = { source: "old", destination: "new" };
const RECORD: CutoverRecord = {
  ...beginCutover(1),
  step: "expire",
  begun: [
    { step: "quiet", at: new Date(0) },
    { step: "drain", at: new Date(60_000) },
    { step: "quiet", at: new Date(61_000) },
    { step: "expire", at: new Date(181_000) },
  ],
  checkedUpTo: { seconds: 180, increment: 1 },
  endedAt: new Date(182_000),
};

describe("reportCutover", () => {
  it("has each step with its time, the downtime, and what to do", () => {
    expect(reportCutover(RECORD, NAMES)).toEqual({
      steps: [
        ["Wait until nothing changes", "1970-01-01 00:00:00 UTC", "1 min"],
        ["Bring everything up to the fence", "1970-01-01 00:01:00 UTC", "1.0 s"],
        ["Wait until nothing changes", "1970-01-01 00:01:01 UTC", "2 min"],
        ["Documents may expire (point of no return)", "1970-01-01 00:03:01 UTC", "1.0 s"],
      ].map(([step, at, took]) => ({ step, at, took })),
      downtime: "2 min 1 s",
      toDo: [
        "Point the application at new. Everything that was written to the source up to 1970-01-01 00:03:00 UTC is there",
        "Keep the application from writing to old: nothing takes over what it writes there",
      ],
      notRestored: [],
    });
  });

  it("counts as downtime all the time in which the source refuses writes, over processes", () => {
    const again = { step: "block", at: new Date(90_000) } as const;
    const begun = [{ ...again, at: new Date(0) }, ...RECORD.begun.slice(0, 2), again];
    begun.push(...RECORD.begun.slice(2));
    const blocked = { ...RECORD, begun, isSourceBlocked: true };
    expect(reportCutover(blocked, NAMES).downtime).toBe("3 min 2 s");
    expect(reportCutover({ ...blocked, isSourceBlocked: false }, NAMES).downtime).toBe("2 min 1 s");
  });

  it("says how a source that refuses writes takes them again, and what is left to do by hand", () => {
    const blocked = { ...RECORD, isSourceBlocked: true, notRestored: ["shop.a, index b: c"] };
    const { toDo } = reportCutover(blocked, NAMES);
    expect(toDo[1]).toContain("setUserWriteBlockMode: 1, global: false");
    expect(toDo[2]).toContain("by hand");
  });

  it("is a part of the report in both formats, with names from servers made harmless", () => {
    const notRestored = ["shop.<b>|x, index `y`: values occur more than once"];
    const cutover = reportCutover({ ...RECORD, notRestored }, NAMES);
    const result = sampleResult({ cutover });
    const markdown = renderResultMarkdown(result);
    expect(markdown).toContain("## Cutover");
    expect(markdown).toContain("### Not as at the source");
    expect(markdown).toContain("Cut over, with indexes or options that are not as at the source");
    const html = renderResultHtml(result);
    expect(html).toContain("<h2>Cutover</h2>");
    expect(html).toContain("shop.&lt;b&gt;|x");
    expect(html).not.toContain("shop.<b>");
  });
});
