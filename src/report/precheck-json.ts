import { type Finding, isBlocked } from "../model/finding.ts";

/** Output of `precheck --output json`. */
export interface PrecheckJson {
  /** Whether the migration may start: nothing failed; there may be warnings. */
  readonly passed: boolean;
  /** In the order of the rules. */
  readonly findings: readonly FindingJson[];
}

export interface FindingJson {
  /** The rule's stable id. */
  readonly rule: string;
  readonly result: "passed" | "warning" | "failed";
  readonly message: string;
  /** Empty for passed rules. */
  readonly remedy: string;
}

export function precheckToJson(findings: readonly Finding[]): PrecheckJson {
  return {
    passed: !isBlocked(findings),
    findings: findings.map(({ rule, result, message, remedy }) => ({
      rule,
      result,
      message,
      remedy,
    })),
  };
}
