import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeJson } from "../../src/base/safe-text.ts";
import { reviewToJson } from "../../src/report/review-json.ts";
import { hostileText } from "../support/hostile-text.ts";
import { inTurn, reviewOf, reviewShape, sampleReview } from "./sample-review.ts";

describe("reviewToJson", () => {
  it("has the verdict beside what was found", () => {
    expect(reviewToJson(sampleReview())).toMatchObject({
      migration: "shop-to-apsaradb",
      change: "added",
      verdict: { kind: "notice", text: "3 to copy, 2 views, 2 replaced" },
      finding: {
        kind: "planned",
        plan: { digest: expect.any(String) as string },
        precheck: { passed: true },
      },
    });
    const finding = { kind: "failed", reason: "x" } as const;
    expect(reviewToJson(sampleReview({ finding }))).toMatchObject({ finding });
  });

  it("parses to what it was, and shows no control character", () => {
    const texts = fc.array(hostileText(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(reviewShape(), texts, (shape, hostile) => {
        const json = reviewToJson(reviewOf(shape, inTurn(hostile)));
        const text = safeJson({ reviews: [json] }, 2);
        expect(text).not.toMatch(/[^\P{C}\n]/u);
        expect(JSON.parse(text)).toEqual({ reviews: [JSON.parse(JSON.stringify(json))] });
      }),
    );
  });
});
