import { formatCount } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { Outcome } from "../model/outcome.ts";
import type { IndexFailure, VerificationResult } from "../model/run.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { createPaint, wrapText } from "./terminal-text.ts";

/** What is equal is counted, what differs is listed up to here; the rest is in the report and in the JSON. */
const MAX_DIFFERENT = 20;

/** How an `apply` ended: one verdict, then what differs. Ends with a line break. */
export function renderOutcomeText(outcome: Outcome, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const style = outcome.exitCode === 0 ? "green" : "red";
  const verdict = wrapText(safeText(outcome.message), options.columns ?? 80);
  const different = outcome.results.filter((result) => !result.isEqual);
  const listed = different.slice(0, MAX_DIFFERENT).flatMap(renderDifference);
  const rest = different.length - MAX_DIFFERENT;
  const more = rest > 0 ? [`… and ${formatCount(rest)} more`] : [];
  const failed = outcome.indexFailures.slice(0, MAX_DIFFERENT).flatMap(renderIndexFailure);
  return `${[...verdict.map((line) => paint(style, line)), ...failed, ...listed, ...more].join("\n")}\n`;
}

function renderIndexFailure(failure: IndexFailure): string[] {
  const { target, index, cause, detail, examples } = failure;
  return [
    `  ${safeText(formatNamespace(target))}, index ${safeText(index)} was not built: ${safeText(cause)}`,
    `    ${safeText(detail)}`,
    ...examples.map((example) => `    ${safeText(example)}`),
  ];
}

function renderDifference(result: VerificationResult): string[] {
  const { sourceDocuments, targetDocuments, missingDocuments, extraDocuments } = result;
  const counts = [
    `${formatCount(sourceDocuments)} documents at the source, ${formatCount(targetDocuments)} at the destination`,
    ...count(missingDocuments, "missing"),
    ...count(extraDocuments, "not at the source"),
    ...count(result.differingDocuments, "different"),
  ];
  const examples = result.examples.length === 0 ? [] : [`_id ${result.examples.join(", ")}`];
  const details = [...examples, ...result.optionDifferences, ...result.indexDifferences];
  return [
    `  ${safeText(formatNamespace(result.target))}: ${counts.join("; ")}`,
    ...details.map((detail) => `    ${safeText(detail)}`),
  ];
}

function count(documents: number | null, what: string): string[] {
  return documents === null || documents === 0 ? [] : [`${formatCount(documents)} ${what}`];
}
