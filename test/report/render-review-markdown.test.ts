import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeText } from "../../src/base/safe-text.ts";
import { withNews } from "../../src/report/obeyed-heading.ts";
import { isNotPlanned, readApproval } from "../../src/report/plan-comment-marker.ts";
import {
  isReviewBlocked,
  renderReviewComment,
  renderReviewSummary,
} from "../../src/report/render-review-markdown.ts";
import { byteLength } from "../../src/report/fit-sections.ts";
import { liveParts, parseMarkdown, shapeOf, visibleText } from "../support/github-markdown.ts";
import { hostileText } from "../support/hostile-text.ts";
import { objectChange, samplePlan } from "./sample-plan.ts";
import { inTurn, reviewOf, reviewShape, RUN_URL, sampleReview } from "./sample-review.ts";

/** What GitHub takes of a comment, in characters. */
const MOST_OF_GITHUB = 65_536;
const MARKER = "<!-- mongoferry:plan:v1 migration=shop-to-apsaradb -->";
const OWN = {
  links: [RUN_URL],
  html: /^(?:<!-- mongoferry:(?:plan:v1|approval:v1|planned-later:v1|not-planned:v1|news:begin|news:end) ?[a-z0-9=: -]*-->\n?)+$|^<details><summary>(?:Objects|Copied before, or skipped) \([\d,]+\)<\/summary>$|^<\/details>$/u,
};

const texts = fc.array(hostileText(), { minLength: 1, maxLength: 6 });

describe("renderReviewComment", () => {
  it("begins with its marker and approval, then verdict, danger, one line of numbers, and ends with what to do", () => {
    const lines = renderReviewComment(sampleReview()).split("\n");
    expect(lines.slice(0, 12)).toEqual([
      MARKER,
      `<!-- mongoferry:approval:v1 digest=${samplePlan().digest} spec=${"5".repeat(64)} head=0123456789abcdef0123456789abcdef01234567 -->`,
      "",
      "## 🟡 shop-to-apsaradb — 3 to copy, 2 views, 2 replaced",
      `**atlas-prod 7.0.14 → apsaradb-prod 7.0.12** · commit \`0123456\` · plan \`9f3c21d0\` · [run](${RUN_URL})`,
      "",
      "> [!CAUTION]",
      "> **Overwrites 2 objects at the destination**",
      "> - `store.orders_v2` (99 documents, 2.0 MiB, 2 indexes, 4.0 KiB)",
      "> - `store.recent` (view)",
      "",
      "> [!WARNING]",
    ]);
    expect(lines.at(-1)).toMatch(/^\*\*Next:\*\* /u);
    expect(lines.filter((line) => line.startsWith("**Plan: "))).toEqual([
      "**Plan: 2 collections to create, 1 to replace, 2 indexes, 2 views, 1 of them to replace, ≈ 82 MiB, about 2 h.**",
    ]);
    expect(lines.filter((line) => line.startsWith("**Next:**"))).toHaveLength(1);
    expect(lines).toContain("```diff");
    expect(lines).toContain(`+     index email_1 {"email":1} unique`);
  });

  it("never folds what is dangerous", () => {
    const comment = renderReviewComment(sampleReview());
    expect(comment.indexOf("[!CAUTION]")).toBeLessThan(comment.indexOf("<details>"));
    expect(comment.indexOf("[!CAUTION]")).toBeLessThan(comment.indexOf("**Plan: "));
  });

  it.each([
    ["stopped", "Ends the run for good while it is Copying. As of now: it lacks half."],
    ["paused", "Leaves the run while it is Copying. As of now: it lacks half."],
    ["cutover", "Moves the workload, from Copying on."],
  ] as const)("warns before a run is %s midway", (desiredState, warning) => {
    const finding = { kind: "settings-only" } as const;
    const review = sampleReview({ change: "settings", desiredState, finding });
    const standing = { phase: "Copying", lacks: "it lacks half" } as const;
    expect(visibleText(renderReviewComment({ ...review, standing }))).toContain(warning);
    expect(renderReviewComment(review)).not.toContain("[!WARNING]");
  });

  it("is the same document whatever names and messages say", () => {
    fc.assert(
      fc.property(reviewShape(), texts, (shape, hostile) => {
        const comment = renderReviewComment(reviewOf(shape, inTurn(hostile)));
        const tame = renderReviewComment(reviewOf(shape, inTurn(hostile.map(tamed))));
        expect(shapeOf(comment)).toBe(shapeOf(tame));
        expect(comment.split("\n", 3).slice(0, 2)).toEqual(tame.split("\n", 3).slice(0, 2));
        expect(readApproval(comment)).toEqual(readApproval(tame));
      }),
      { numRuns: 40 },
    );
  });

  it("lets nothing come alive but its own link and folds", () => {
    fc.assert(
      fc.property(reviewShape(), texts, hostileText(), (shape, hostile, detail) => {
        const comment = renderReviewComment(reviewOf(shape, inTurn(hostile)));
        expect(liveParts(comment, OWN)).toEqual([]);
        expect(comment).not.toMatch(/[^\P{C}\n\u200b]/u);
        const news = { migration: "shop", what: detail, sinceMergeMs: 1_000, detail };
        expect(liveParts(withNews(comment, news), OWN)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it("fits whatever the size, leaves out whole sections only, and keeps the verdict and what to do", () => {
    const long = fc
      .tuple(hostileText(40), fc.integer({ min: 1, max: 60 }))
      .map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(
        reviewShape(120),
        fc.array(long, { minLength: 1, maxLength: 3 }),
        long,
        (shape, hostile, detail) => {
          const review = reviewOf(shape, inTurn(hostile));
          const comment = renderReviewComment(review);
          expect(byteLength(comment)).toBeLessThanOrEqual(60_000);
          expect(liveParts(comment, OWN)).toEqual([]);
          expect(comment.startsWith(MARKER)).toBe(true);
          expect(comment.split("\n\n").at(-1)).toMatch(/^\*\*Next:\*\* /u);
          expect(comment).toContain("\n## ");
          expect(foldsOf(comment)).toBe(0);
          const news = { migration: "shop", what: "Stalled", sinceMergeMs: 1_000, detail };
          const told = withNews(withNews(comment, news), news);
          expect(told.length).toBeLessThanOrEqual(MOST_OF_GITHUB);
          expect(readApproval(told)).toEqual(readApproval(comment));
        },
      ),
      { numRuns: 8 },
    );
  });

  it("says what it leaves out, the least important first", () => {
    const objects = Array.from({ length: 3_000 }, (_, n) =>
      objectChange(`shop.collection${n}`, `store.collection${n}`, {
        change: n < 30 ? "replace" : "copy",
      }),
    );
    const review = sampleReview({
      finding: { kind: "planned", plan: samplePlan({ objects }), findings: [] },
    });
    const comment = renderReviewComment(review);
    expect(comment).toContain(
      `*Objects (3,000): left out here, see the [job summary](${RUN_URL}).*`,
    );
    expect(comment).toContain("> **Overwrites 30 objects at the destination**");
    expect(comment).toContain("> - and 10 more");
    expect(renderReviewSummary(review, 900_000)).toContain("+ store.collection2999");
  });

  it("shortens what it never leaves out", () => {
    const reason = `${"*".repeat(200_000)}\n${"😀".repeat(50_000)}`;
    const failed = renderReviewComment(sampleReview({ finding: { kind: "failed", reason } }));
    expect(byteLength(failed)).toBeLessThan(6_000);
    expect(visibleText(failed)).toContain("*…");
    const end = { connection: "atlas-prod", version: "7".repeat(100_000) };
    const plan = samplePlan({ source: end, destination: end });
    const finding = { kind: "planned", plan, findings: [] } as const;
    expect(byteLength(renderReviewComment(sampleReview({ finding })))).toBeLessThan(6_000);
  });

  it("has no approval where there is no plan", () => {
    const unreachable = { kind: "planned", plan: null, findings: [] } as const;
    for (const finding of [unreachable, { kind: "failed", reason: "x" } as const]) {
      const review = sampleReview({ finding });
      const comment = renderReviewComment(review);
      expect([readApproval(comment), isNotPlanned(comment)]).toEqual([null, true]);
      expect(isReviewBlocked(review)).toBe(true);
    }
  });
});

describe("renderReviewSummary", () => {
  it("is the comment without its hidden lines, in the room that there is", () => {
    fc.assert(
      fc.property(reviewShape(40), texts, fc.nat({ max: 30_000 }), (shape, hostile, room) => {
        const most = 15_000 + room;
        const summary = renderReviewSummary(reviewOf(shape, inTurn(hostile)), most);
        expect(summary.startsWith("## ")).toBe(true);
        expect(byteLength(summary)).toBeLessThanOrEqual(most);
        expect(liveParts(summary, OWN)).toEqual([]);
      }),
    );
  });
});

/** Harmless, with as many lines. */
function tamed(text: string): string {
  return text
    .split(/\r?\n/u)
    .map((line) => (safeText(line).trim() === "" ? line : "x"))
    .join("\n");
}

/** Folds that are opened and not closed. */
function foldsOf(markdown: string): number {
  const html = parseMarkdown(markdown).children.flatMap((node) =>
    node.type === "html" ? [node.value] : [],
  );
  const count = (start: string): number => html.filter((each) => each.startsWith(start)).length;
  return count("<details>") - count("</details>");
}
