import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatInstant,
} from "../base/format-quantity.ts";
import { describeResult, type ResultView, type RunResult } from "./describe-result.ts";
import { markdownCode, markdownText } from "./escape.ts";

const VERDICT_MARKS = { good: "🟢", notice: "🟡", bad: "🔴" } as const;
const FINDING_MARKS = { passed: "✅", warning: "⚠️", failed: "❌" } as const;
const NONE = "–";

/** The results of a run as GitHub markdown: verdict first, then totals, namespaces, differences, history. */
export function renderResultMarkdown(result: RunResult): string {
  const view = describeResult(result);
  const sections = [
    renderHead(view),
    renderTotals(view),
    renderCutover(view),
    renderDifferences(view),
    renderStandings("Destroyed at the destination", view.destroyed),
    renderStandings("Kept at the destination as it was", view.kept),
    renderNamespaces(view),
    renderPhases(view),
    renderFindings(view),
    renderConditions(view),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function renderHead({ title, verdict, source, destination }: ResultView): string {
  return [
    `# ${markdownText(title)}`,
    "",
    `## ${VERDICT_MARKS[verdict.kind]} ${markdownText(verdict.headline)}`,
    "",
    `${markdownText(verdict.detail)}.`,
    "",
    `**${markdownText(source)} → ${markdownText(destination)}**`,
  ].join("\n");
}

function renderTotals(view: ResultView): string {
  const { totals } = view;
  const rows = [
    ["Migration", markdownCode(view.migration)],
    ["Started", formatInstant(view.startedAt)],
    ["Ended", `${formatInstant(view.endedAt)}, after ${formatDuration(view.durationMs)}`],
    [
      "Copied",
      `${formatCounted(totals.copiedDocuments, "document")}, ${formatBytes(totals.copiedBytes)}`,
    ],
    ["Indexes", formatCount(totals.indexCount)],
    ["Plan", view.planDigest === null ? NONE : markdownCode(view.planDigest)],
    ["Spec", view.specCommit === null ? NONE : `commit ${markdownCode(view.specCommit)}`],
  ];
  return table(["", ""], rows);
}

function renderCutover({ cutover }: ResultView): string {
  if (cutover === null) return "";
  const { steps, downtime, toDo, notRestored } = cutover;
  const rows = steps.map(({ step, at, took }) => [markdownText(step), at, took]);
  return [
    "## Cutover",
    toDo.map((each, position) => `${position + 1}. ${markdownText(each)}`).join("\n"),
    `From the beginning of the last quiet period to the end: **${downtime}**.`,
    table(["Step", "Since", "Took"], rows),
    ...(notRestored.length === 0
      ? []
      : [
          "### Not as at the source",
          notRestored.map((each) => `- ${markdownText(each)}`).join("\n"),
        ]),
  ].join("\n\n");
}

function renderNamespaces({ namespaces }: ResultView): string {
  if (namespaces.length === 0) return "";
  const rows = namespaces.map((row) => [
    verdictMark(row.isEqual),
    markdownCode(row.source),
    markdownCode(row.target),
    countOrNone(row.sourceDocuments),
    countOrNone(row.targetDocuments),
    row.copiedBytes === null ? NONE : formatBytes(row.copiedBytes),
    formatCount(row.indexCount),
  ]);
  const header = [
    "",
    "Source",
    "Destination",
    "Documents at source",
    "At destination",
    "Copied",
    "Indexes",
  ];
  return `## Namespaces (${formatCount(namespaces.length)})\n\n${table(header, rows, 3)}`;
}

function renderDifferences({ differences }: ResultView): string {
  if (differences.length === 0) return "";
  const parts = differences.map(({ target, counts, examples, definitions }) => {
    const lines = [
      ...counts.map(markdownText),
      ...(examples.length === 0 ? [] : [`such as ${examples.map(markdownCode).join(", ")}`]),
      ...definitions.map(markdownText),
    ];
    return `### ${markdownCode(target)}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
  });
  return ["## Differences", ...parts].join("\n\n");
}

function renderStandings(heading: string, standings: ResultView["kept"]): string {
  if (standings.length === 0) return "";
  const lines = standings.map(
    ({ target, figures }) => `- ${markdownCode(target)}: ${markdownText(figures)}`,
  );
  return `## ${heading}\n\n${lines.join("\n")}`;
}

function renderPhases({ phases }: ResultView): string {
  if (phases.length === 0) return "";
  const rows = phases.map(({ phase, since, durationMs, reason }) => [
    phase,
    formatInstant(since),
    durationMs === null ? NONE : formatDuration(durationMs),
    markdownText(reason),
  ]);
  return `## History\n\n${table(["Phase", "Since", "Duration", "Reason"], rows)}`;
}

function renderFindings({ findings }: ResultView): string {
  if (findings.length === 0) return "";
  const rows = findings.map(({ rule, result, message, remedy }) => [
    FINDING_MARKS[result],
    markdownCode(rule),
    [message, remedy]
      .filter((text) => text !== "")
      .map(markdownText)
      .join(". "),
  ]);
  return `## Precheck\n\n${table(["", "Check", "Result"], rows)}`;
}

function renderConditions({ conditions }: ResultView): string {
  if (conditions.length === 0) return "";
  const rows = conditions.map(({ type, status, message }) => [
    markdownCode(type),
    status,
    markdownText(message),
  ]);
  return `## Conditions\n\n${table(["Condition", "", ""], rows)}`;
}

function verdictMark(isEqual: boolean | null): string {
  if (isEqual === null) return NONE;
  return isEqual ? "✅" : "❌";
}

function countOrNone(count: number | null): string {
  return count === null ? NONE : formatCount(count);
}

/** Cells are escaped already. Columns from `firstNumber` on are set flush right. */
function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber = header.length,
): string {
  const rule = header.map((_, position) => (position < firstNumber ? "---" : "--:"));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
