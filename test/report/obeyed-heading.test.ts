import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ObeyedNews, withNews } from "../../src/report/obeyed-heading.ts";
import { readApproval } from "../../src/report/plan-comment-marker.ts";
import { renderReviewComment } from "../../src/report/render-review-markdown.ts";
import { liveParts, shapeOf, visibleText } from "../support/github-markdown.ts";
import { hostileText } from "../support/hostile-text.ts";
import { objectChange, samplePlan } from "./sample-plan.ts";
import { RUN_URL, sampleReview } from "./sample-review.ts";

const BODY = renderReviewComment(sampleReview());
const PAUSED: ObeyedNews = {
  migration: "shop-to-apsaradb",
  what: "Paused",
  sinceMergeMs: 12_000,
  detail: "the spec wants it so",
};

describe("withNews", () => {
  it("stands above what was reviewed, below the hidden lines", () => {
    const lines = withNews(BODY, PAUSED).split("\n");
    expect(lines.slice(0, 2)).toEqual(BODY.split("\n").slice(0, 2));
    expect(lines.slice(2, 10)).toEqual([
      "<!-- mongoferry:news:begin -->",
      "## 📣 shop-to-apsaradb — Paused, 12 s after the merge",
      "",
      "the spec wants it so",
      "",
      "*As it was reviewed:*",
      "",
      "<!-- mongoferry:news:end -->",
    ]);
    expect(lines.slice(10).join("\n")).toBe(`\n${BODY.split("\n").slice(3).join("\n")}`);
    expect(readApproval(lines.join("\n"))).toEqual(readApproval(BODY));
  });

  it("takes the place of earlier news, and twice is once", () => {
    const later = { ...PAUSED, what: "Streaming", sinceMergeMs: null, detail: "" };
    const told = withNews(withNews(BODY, PAUSED), later);
    expect(told).toBe(withNews(BODY, later));
    expect(told).not.toContain("Paused");
    expect(withNews(told, later)).toBe(told);
  });

  it("takes no name for news", () => {
    const names = ["<!-- mongoferry:news:begin -->", "<!-- mongoferry:news:end -->"];
    const objects = names.map((coll) =>
      objectChange("shop.a", "store.a", {
        kind: "view",
        change: "create",
        target: { db: "store", coll },
      }),
    );
    const finding = { kind: "planned", plan: samplePlan({ objects }), findings: [] } as const;
    const body = renderReviewComment(sampleReview({ finding }));
    const told = withNews(withNews(body, PAUSED), PAUSED);
    expect(told).toBe(withNews(body, PAUSED));
    for (const name of names) expect(told.split(name)).toHaveLength(3);
  });

  it("holds news without a plan, or in a comment that is nothing but its marker", () => {
    const marker = BODY.split("\n")[0] ?? "";
    for (const body of [marker, `${marker}\n\n## x`, `${marker}\n## x`]) {
      const told = withNews(body, PAUSED);
      expect(told.startsWith(`${marker}\n<!-- mongoferry:news:begin -->\n`)).toBe(true);
      expect(withNews(told, PAUSED)).toBe(told);
    }
  });

  it("is harmless whatever it tells, over several lines", () => {
    const end = shapeOf(BODY).slice(-400);
    fc.assert(
      fc.property(hostileText(), (text) => {
        const told = withNews(BODY, { ...PAUSED, what: text, detail: `x\n${text}\nx` });
        const own = {
          links: [RUN_URL],
          html: /^(?:<!-- mongoferry:[^>]*-->\n?|<\/?details>.*)+$/u,
        };
        expect(liveParts(told, own)).toEqual([]);
        expect(shapeOf(told).endsWith(end)).toBe(true);
        expect(readApproval(told)).toEqual(readApproval(BODY));
      }),
      { numRuns: 40 },
    );
  });

  it("cuts what is too long", () => {
    const told = withNews("x", { ...PAUSED, detail: "😀*".repeat(9_000) });
    expect(told.length).toBeLessThan(5_000);
    expect(visibleText(told)).toMatch(/😀\*…\w/u);
  });
});
