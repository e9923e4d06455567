import type { Review } from "../model/review.ts";
import { planToJson } from "./plan-json.ts";
import { precheckToJson } from "./precheck-json.ts";
import { judgeReview } from "./review-verdict.ts";

/** One entry of `pr --output json`. */
export function reviewToJson(review: Review): object {
  const { finding, ...rest } = review;
  const found =
    finding.kind === "planned"
      ? {
          kind: finding.kind,
          precheck: precheckToJson(finding.findings),
          plan: finding.plan === null ? null : planToJson(finding.plan),
        }
      : finding;
  return { ...rest, verdict: judgeReview(review), finding: found };
}
