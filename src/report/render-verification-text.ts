import { formatCount, formatCounted, formatDuration } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { VerificationResult } from "../model/run.ts";
import { verdictOf } from "../model/verification-verdict.ts";
import { type DocumentDifference, ORDER_PATH } from "../model/verification.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { createPaint, type Style, wrapText } from "./terminal-text.ts";
import { sumResults, type VerificationReport } from "./verification-json.ts";

/** What is equal is counted, what is not is listed, each with its documents. Ends with a line break. */
export function renderVerificationText(report: VerificationReport, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const verdict = wrapText(describeVerdict(report), options.columns ?? 80);
  const style = STYLES[verdictOf(report.results)];
  const unequal = report.results.filter(({ isEqual }) => !isEqual);
  const lines = [...verdict.map((line) => paint(style, line)), ...unequal.flatMap(renderResult)];
  return `${lines.join("\n")}\n`;
}

const STYLES: Readonly<Record<ReturnType<typeof verdictOf>, Style>> = {
  equal: "green",
  different: "red",
  undecided: "yellow",
};

function describeVerdict(report: VerificationReport): string {
  const { results, mode, isFollowing, durationMs } = report;
  const totals = sumResults(results);
  const objects = formatCounted(totals.objects, "object");
  const documents = formatCounted(totals.sourceDocuments, "document");
  const how = mode === "sample" ? "counts and a sample" : "every byte";
  const when = isFollowing ? "while changes are followed, " : "";
  const what = `${documents} in ${objects} (${when}${how}, ${formatDuration(durationMs)})`;
  switch (verdictOf(results)) {
    case "equal":
      return `Equal: ${what}`;
    case "undecided":
      return `Undecided: ${formatCounted(totals.undecidedDocuments, "document")} changed at every look. Compared: ${what}`;
    case "different":
      return `DIFFERENT: ${formatCount(totals.unequalObjects)} of ${objects}. Compared: ${what}`;
  }
}

function renderResult(result: VerificationResult): string[] {
  const { source, target } = result;
  const names = [formatNamespace(source), formatNamespace(target)];
  const name = names[0] === names[1] ? names[1] : names.join(" → ");
  const details = [
    ...result.optionDifferences,
    ...result.indexDifferences,
    ...result.differences.map(renderDifference),
    ...renderRest(result),
  ];
  return [
    `  ${safeText(String(name))}: ${describeCounts(result)}`,
    ...details.map((detail) => `    ${safeText(detail)}`),
  ];
}

function describeCounts(result: VerificationResult): string {
  const { sourceDocuments, targetDocuments } = result;
  return [
    `${formatCounted(sourceDocuments, "document")} at the source, ${formatCount(targetDocuments)} at the destination`,
    ...counted(result.missingDocuments, "missing"),
    ...counted(result.extraDocuments, "extra"),
    ...counted(result.differingDocuments, "different"),
    ...counted(result.undecidedDocuments, "undecided"),
  ].join("; ");
}

function counted(documents: number | null, what: string): string[] {
  return documents === null || documents === 0 ? [] : [`${formatCount(documents)} ${what}`];
}

function renderDifference(difference: DocumentDifference): string {
  const { kind, key, path } = difference;
  const begin = `${kind.padEnd(9)} _id ${key}`;
  if (path === null) return begin;
  if (path === ORDER_PATH) return `${begin}: equal, but in another place of the natural order`;
  return `${begin}: ${path === "" ? '""' : path} ${describeTypes(difference)}`;
}

function describeTypes(difference: DocumentDifference): string {
  const { sourceType, targetType, sourceValue, targetValue } = difference;
  const values = sourceValue === null && targetValue === null;
  if (sourceType === null) return `is not at the source: ${targetValue ?? targetType}`;
  if (targetType === null) return `is not at the destination: ${sourceValue ?? sourceType}`;
  if (!values && sourceValue !== targetValue) return `is ${targetValue} instead of ${sourceValue}`;
  if (sourceType !== targetType) return `is ${targetType} instead of ${sourceType}`;
  return values ? `has another value, or place (${sourceType})` : "is in another place";
}

function renderRest(result: VerificationResult): string[] {
  const { differences } = result;
  const all =
    (result.missingDocuments ?? 0) +
    (result.extraDocuments ?? 0) +
    (result.differingDocuments ?? 0) +
    (result.undecidedDocuments ?? 0);
  const rest = all - differences.length;
  return rest > 0 ? [`… and ${formatCounted(rest, "more document")}`] : [];
}
