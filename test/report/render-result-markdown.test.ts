import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeText } from "../../src/base/safe-text.ts";
import { renderResultHtml } from "../../src/report/render-result-html.ts";
import { renderResultMarkdown } from "../../src/report/render-result-markdown.ts";
import { liveParts, shapeOf } from "../support/github-markdown.ts";
import { hostileText } from "../support/hostile-text.ts";
import { objectChange, samplePlan } from "./sample-plan.ts";
import { compared, hostileResult, sampleResult } from "./sample-result.ts";

describe("renderResultMarkdown", () => {
  it("says what was destroyed and what was kept, with figures, as inert text", () => {
    const sample = samplePlan();
    const kept = {
      ...objectChange("shop.k", "store.<k>@x", { change: "keep" }),
      existing: {
        kind: "collection",
        documentCount: 7,
        dataBytes: 1024,
        indexCount: 3,
        indexBytes: 2048,
      },
    } as const;
    const plan = { ...sample, objects: [...sample.objects, kept] };
    // As it comes back from the metadata database: text and numbers only.
    const stored = JSON.parse(JSON.stringify(plan)) as typeof plan;
    for (const each of [plan, stored]) {
      const text = renderResultMarkdown(sampleResult({ plan: each }));
      expect(text).toContain(`## Destroyed at the destination

- \`store.orders_v2\`: 99 documents  2.0 MiB  2 indexes  4.0 KiB
- \`store.recent\`: view

## Kept at the destination as it was

- \`store.<k>@x\`: 7 documents  1.0 KiB  3 indexes  2.0 KiB
`);
      const html = renderResultHtml(sampleResult({ plan: each }));
      expect(html).toContain("<h2>Kept at the destination as it was</h2>");
      expect(html).toContain("<code>store.&lt;k&gt;@x</code>: 7 documents  1.0 KiB  3 indexes");
    }
  });

  it("begins with the verdict", () => {
    const lines = renderResultMarkdown(sampleResult()).split("\n");
    expect(lines.slice(0, 7)).toEqual([
      "# Shop to ApsaraDB",
      "",
      "## 🟢 Source and destination are equal",
      "",
      "Every document, index and option is the same on both sides.",
      "",
      "**atlas-prod 7.0.14 → apsaradb-prod 7.0.12**",
    ]);
  });

  it("has a row for each namespace, phase and finding", () => {
    const text = renderResultMarkdown(sampleResult());
    expect(text).toContain(
      "| ✅ | `shop.customers` | `store.customers` | 1,204 | 1,204 | 41 MiB | 1 |",
    );
    expect(text).toContain("| – | `shop.log` | `shop.log` | – | – | – | 0 |");
    expect(text).toContain("| Copying | 2026-03-01 10:01:00 UTC | 2 h | left Prechecking |");
    expect(text).toContain("| ⚠️ | `oplog-window` | 31 h. Enlarge the oplog |");
    expect(text).toContain("| Ended | 2026-03-01 12:10:00 UTC, after 2 h 10 min |");
  });

  it("shows differences before the tables", () => {
    const results = [
      compared("a.b", "c.d", { isEqual: false, differingDocuments: 3, examples: ['{"_id":1}'] }),
    ];
    const text = renderResultMarkdown(sampleResult({ results }));
    expect(text).toContain(
      '### `c.d`\n\n- 3 documents with other content at the destination\n- such as `{"_id":1}`',
    );
    expect(text.indexOf("## Differences")).toBeLessThan(text.indexOf("## Namespaces"));
  });

  it("is the same for the same facts", () => {
    expect(renderResultMarkdown(sampleResult())).toBe(renderResultMarkdown(sampleResult()));
  });

  it("lets no name or message come alive", () => {
    const text = renderResultMarkdown(
      hostileResult("x`|\n## forged\n<img src=x> @una https://evil.example [a](b)"),
    );
    expect(text).not.toMatch(/^## forged/m);
    const withoutCode = text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
    expect(withoutCode).not.toMatch(/(?<!\\)<img|@una|https:\/\/|(?<!\\)\[a/);
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    const widths = rows.map((row) => row.replaceAll(/\\[!-~]/g, "").split("|").length - 2);
    expect(new Set(widths)).toEqual(new Set([2, 3, 4, 7]));
  });

  it("is the same document whatever names and messages say, with nothing alive in it", () => {
    const tame = shapeOf(renderResultMarkdown(hostileResult("x")));
    fc.assert(
      fc.property(hostileText(), (text) => {
        fc.pre(safeText(text).trim() !== "");
        const markdown = renderResultMarkdown(hostileResult(text));
        expect(liveParts(markdown)).toEqual([]);
        expect(shapeOf(markdown)).toBe(tame);
        expect(markdown).not.toMatch(/[^\P{C}\n\u200b]/u);
      }),
      { numRuns: 40 },
    );
  });
});
