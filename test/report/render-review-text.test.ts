import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutCommands } from "../../src/base/safe-text.ts";
import { renderReviewText } from "../../src/report/render-review-text.ts";
import { hostileText } from "../support/hostile-text.ts";
import { inTurn, reviewOf, reviewShape, sampleReview } from "./sample-review.ts";

const PLAIN = { useColor: false, columns: 80 };

describe("renderReviewText", () => {
  it("begins each with its verdict, and says where there is none", () => {
    const text = renderReviewText([sampleReview()], PLAIN);
    expect(text.split("\n")[0]).toBe("shop-to-apsaradb: 3 to copy, 2 views, 2 replaced");
    expect(text).toContain("+ store.customers");
    expect(renderReviewText([], PLAIN)).toBe("No migration changes.\n");
  });

  it("warns before a run is stopped midway", () => {
    const finding = { kind: "settings-only" } as const;
    const standing = { phase: "Copying", lacks: "it lacks half" } as const;
    const review = sampleReview({ finding, standing, desiredState: "stopped" });
    expect(renderReviewText([review], PLAIN)).toBe(
      "shop-to-apsaradb: will be stopped for good\n  ! Ends the run for good while it is Copying. As of now: it lacks half.\n",
    );
  });

  it("moves no cursor, and leaves no command to GitHub Actions in what is written to its log", () => {
    const texts = fc.array(
      fc.tuple(fc.constantFrom("", "\n", " "), hostileText()).map(([a, b]) => `${a}::error::${b}`),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(reviewShape(), texts, (shape, hostile) => {
        const text = renderReviewText([reviewOf(shape, inTurn(hostile))], PLAIN);
        expect(text).not.toMatch(/[^\P{C}\n]/u);
        expect(withoutCommands(text)).not.toMatch(/^\s*(?:::|##\[)/mu);
        expect(text.endsWith("\n")).toBe(true);
      }),
    );
  });
});
