/** What all renderings of a precheck share. Texts are unescaped, each rendering escapes its way. */
import { formatCount, formatCounted } from "../base/format-quantity.ts";
import { type Finding, isBlocked } from "../model/finding.ts";

const RANK: Readonly<Record<Finding["result"], number>> = { failed: 0, warning: 1, passed: 2 };

/** Failed first, then warnings, then passed; otherwise in the order of the rules. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => RANK[a.result] - RANK[b.result]);
}

/** `Precheck failed`, `Precheck passed with 1 warning`, `Precheck passed`. */
export function judgePrecheck(findings: readonly Finding[]): string {
  if (isBlocked(findings)) return "Precheck failed: nothing starts before it passes";
  const warnings = countResults(findings, "warning");
  if (warnings === 0) return "Precheck passed";
  return `Precheck passed with ${formatCounted(warnings, "warning")}`;
}

/** `12 passed, 1 warning, 0 failed`. */
export function summarizeFindings(findings: readonly Finding[]): string {
  const passed = formatCount(countResults(findings, "passed"));
  const warnings = formatCounted(countResults(findings, "warning"), "warning");
  const failed = formatCount(countResults(findings, "failed"));
  return `${passed} passed, ${warnings}, ${failed} failed`;
}

function countResults(findings: readonly Finding[], result: Finding["result"]): number {
  return findings.reduce((count, finding) => count + (finding.result === result ? 1 : 0), 0);
}
