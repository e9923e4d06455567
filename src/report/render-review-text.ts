import { safeText } from "../base/safe-text.ts";
import type { Review } from "../model/review.ts";
import { renderPlanText } from "./render-plan-text.ts";
import { renderPrecheckText, type TextOptions } from "./render-precheck-text.ts";
import { judgeReview, warnOfStopping } from "./review-verdict.ts";
import { createPaint } from "./terminal-text.ts";

/** What a pull request would do, for a terminal or a log. Ends with a line break. */
export function renderReviewText(reviews: readonly Review[], options: TextOptions): string {
  if (reviews.length === 0) return "No migration changes.\n";
  return reviews.map((review) => renderOne(review, options)).join("\n");
}

function renderOne(review: Review, options: TextOptions): string {
  const { finding, migration, settings } = review;
  const paint = createPaint(options.useColor);
  const lines = [
    `${paint("bold", safeText(migration))}: ${safeText(judgeReview(review).text)}`,
    ...settings.map((line) => `  ${safeText(line)}`),
    ...(finding.kind === "failed" ? [`  ${safeText(finding.reason)}`] : []),
    ...(finding.kind === "untrusted"
      ? [`  Not as on the base branch: ${finding.connections.map(safeText).join(", ")}`]
      : []),
  ];
  const warning = warnOfStopping(review);
  if (warning !== null) lines.push(`  ${paint("yellow", "!")} ${safeText(warning)}`);
  const parts = [`${lines.join("\n")}\n`];
  if (finding.kind === "planned") {
    const notable = finding.findings.filter(({ result }) => result !== "passed");
    if (notable.length > 0) parts.push(renderPrecheckText(finding.findings, options));
    if (finding.plan !== null) parts.push(renderPlanText(finding.plan, options));
  }
  return parts.join("\n");
}
