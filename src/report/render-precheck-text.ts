import { safeLines, safeText } from "../base/safe-text.ts";
import { type Finding, isBlocked } from "../model/finding.ts";
import { judgePrecheck, sortFindings, summarizeFindings } from "./precheck-summary.ts";
import { createPaint, type Paint, type Style, wrapText } from "./terminal-text.ts";

export interface TextOptions {
  readonly useColor: boolean;
  /** Width to wrap at; 80 where it is not known. */
  readonly columns?: number;
}

const DEFAULT_COLUMNS = 80;
const MIN_WRAP_COLUMNS = 20;

const MARKS: Readonly<Record<Finding["result"], { symbol: string; style: Style }>> = {
  failed: { symbol: "✗", style: "red" },
  warning: { symbol: "!", style: "yellow" },
  passed: { symbol: "✓", style: "green" },
};

/** Verdict, then each finding with its remedy beneath (failed ones first), then a countable line. Ends with a line break. */
export function renderPrecheckText(findings: readonly Finding[], options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const columns = Math.max(MIN_WRAP_COLUMNS, options.columns ?? DEFAULT_COLUMNS);
  const verdict = paint(isBlocked(findings) ? "red" : "green", judgePrecheck(findings));
  const items = sortFindings(findings).flatMap((finding) => renderFinding(finding, columns, paint));
  const lines = [verdict, "", ...items, ...(items.length > 0 ? [""] : [])];
  return `${[...lines, summarizeFindings(findings)].join("\n")}\n`;
}

function renderFinding(finding: Finding, columns: number, paint: Paint): string[] {
  const { symbol, style } = MARKS[finding.result];
  const [first = "", ...rest] = wrapText(
    `${safeText(finding.rule)}  ${safeText(finding.message)}`,
    columns - 2,
  );
  const remedy = finding.remedy === "" ? [] : renderRemedy(finding.remedy, columns);
  return [
    `${paint(style, symbol)} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...remedy.map((line) => paint("cyan", line)),
  ];
}

/** Line breaks of a remedy stay: it may hold commands to copy, which are not wrapped either. */
function renderRemedy(remedy: string, columns: number): string[] {
  const [first = "", ...commands] = safeLines(remedy);
  const [start = "", ...rest] = wrapText(first, columns - 4);
  return [
    `  → ${start}`,
    ...rest.map((line) => `    ${line}`),
    ...commands.map((line) => `    ${line}`),
  ];
}
