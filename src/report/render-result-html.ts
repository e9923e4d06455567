import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatInstant,
} from "../base/format-quantity.ts";
import { describeResult, type ResultView, type RunResult } from "./describe-result.ts";
import { escapeHtml } from "./escape.ts";
import { RESULT_STYLE } from "./result-style.ts";

const FINDING_WORDS = {
  passed: ["good", "Passed"],
  warning: ["notice", "Warning"],
  failed: ["bad", "Failed"],
} as const;
const VERDICT_MARKS = { good: "✓", notice: "!", bad: "✕" } as const;
const NONE = '<span class="none">not taken</span>';

/**
 * The results of a run as one page that needs nothing else: no script, font, image or network, which its content
 * security policy also forbids. Read by people long after the run, from a checkout or an artifact.
 */
export function renderResultHtml(result: RunResult): string {
  const view = describeResult(result);
  const sections = [
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${view.verdict.headline} – ${view.title}`)}</title>
<style>${RESULT_STYLE}</style>
</head>
<body>
${renderHead(view)}
<main>
${sections.filter((html) => html !== "").join("\n")}
</main>
<footer><p>Written by mongoferry at the end of the run. Migration <code>${escapeHtml(view.migration)}</code>.</p></footer>
</body>
</html>
`;
}

function renderHead(view: ResultView): string {
  const { verdict } = view;
  return `<header>
<p class="route"><span>${escapeHtml(view.source)}</span> <span aria-label="to">→</span> <span>${escapeHtml(view.destination)}</span></p>
<h1>${escapeHtml(view.title)}</h1>
<p class="verdict ${verdict.kind}"><span class="mark" aria-hidden="true">${VERDICT_MARKS[verdict.kind]}</span><span><strong>${escapeHtml(verdict.headline)}</strong><br>${escapeHtml(verdict.detail)}.</span></p>
</header>`;
}

function renderTotals(view: ResultView): string {
  const { totals } = view;
  const tiles = [
    ["Documents copied", formatCount(totals.copiedDocuments)],
    ["Data copied", formatBytes(totals.copiedBytes)],
    ["Namespaces", formatCount(totals.namespaceCount)],
    ["Indexes", formatCount(totals.indexCount)],
    ["Duration", formatDuration(view.durationMs)],
  ];
  const details = [
    ["Started", formatInstant(view.startedAt)],
    ["Ended", formatInstant(view.endedAt)],
    ["Plan", view.planDigest === null ? NONE : code(view.planDigest)],
    ["Spec commit", view.specCommit === null ? NONE : code(view.specCommit)],
  ];
  return `<section aria-label="Totals">
<dl class="tiles">${definitions(tiles)}</dl>
<dl class="details">${definitions(details)}</dl>
</section>`;
}

function listOf(items: readonly string[]): string {
  return items.map((item) => `<li>${escapeHtml(item)}</li>`).join("");
}

function renderCutover({ cutover }: ResultView): string {
  if (cutover === null) return "";
  const { steps, downtime, toDo, notRestored } = cutover;
  const rows = steps.map(
    ({ step, at, took }) =>
      `<tr><th scope="row">${escapeHtml(step)}</th><td>${escapeHtml(at)}</td>${number(escapeHtml(took))}</tr>`,
  );
  return section(
    "Cutover",
    [
      `<ol>${listOf(toDo)}</ol>`,
      `<p>From the beginning of the last quiet period to the end: <strong>${escapeHtml(downtime)}</strong>.</p>`,
      table("Steps of the cutover", ["Step", "Since", "Took"], rows),
      ...(notRestored.length === 0
        ? []
        : [`<h3>Not as at the source</h3><ul>${listOf(notRestored)}</ul>`]),
    ].join("\n"),
  );
}

function renderNamespaces({ namespaces }: ResultView): string {
  if (namespaces.length === 0) return "";
  const rows = namespaces.map(
    (row) =>
      `<tr><th scope="row">${code(row.target)}${row.source === row.target ? "" : `<br><small>from ${code(row.source)}</small>`}</th>` +
      `${number(countOrNone(row.sourceDocuments))}${number(countOrNone(row.targetDocuments))}` +
      `${number(row.copiedBytes === null ? NONE : formatBytes(row.copiedBytes))}` +
      `${number(formatCount(row.indexCount))}<td>${equality(row.isEqual)}</td></tr>`,
  );
  const header = [
    "Destination",
    "Documents at the source",
    "Documents at the destination",
    "Data copied",
    "Indexes",
    "Comparison",
  ];
  return section("Namespaces", table("What was copied, and how it compares", header, rows));
}

function renderDifferences({ differences }: ResultView): string {
  if (differences.length === 0) return "";
  const parts = differences.map(({ target, counts, examples, definitions: texts }) => {
    const items = [
      ...counts.map(escapeHtml),
      ...(examples.length === 0 ? [] : [`such as ${examples.map(code).join(", ")}`]),
      ...texts.map(escapeHtml),
    ];
    return `<h3>${code(target)}</h3><ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
  });
  return section("Differences", parts.join("\n"));
}

function renderStandings(heading: string, standings: ResultView["kept"]): string {
  if (standings.length === 0) return "";
  const items = standings.map(
    ({ target, figures }) => `<li>${code(target)}: ${escapeHtml(figures)}</li>`,
  );
  return section(heading, `<ul>${items.join("")}</ul>`);
}

function renderPhases({ phases }: ResultView): string {
  if (phases.length === 0) return "";
  const rows = phases.map(
    ({ phase, since, durationMs, reason }) =>
      `<tr><th scope="row">${escapeHtml(phase)}</th>` +
      `<td><time datetime="${since.toISOString()}">${formatInstant(since)}</time></td>` +
      `${number(durationMs === null ? "" : formatDuration(durationMs))}<td>${escapeHtml(reason)}</td></tr>`,
  );
  const header = ["Phase", "Since", "Duration", "Reason"];
  return section("History", table("Phases of this run", header, rows));
}

function renderFindings({ findings }: ResultView): string {
  if (findings.length === 0) return "";
  const rows = findings.map(({ rule, result, message, remedy }) => {
    const [kind, word] = FINDING_WORDS[result];
    const text = [message, remedy]
      .filter((part) => part !== "")
      .map(escapeHtml)
      .join("<br>");
    return `<tr><th scope="row">${code(rule)}</th><td>${badge(kind, word)}</td><td>${text}</td></tr>`;
  });
  const caption = `What was checked before: ${formatCounted(findings.length, "rule")}`;
  return section("Precheck", table(caption, ["Check", "Result", "Found"], rows));
}

function renderConditions({ conditions }: ResultView): string {
  if (conditions.length === 0) return "";
  const rows = conditions.map(
    ({ type, status, message }) =>
      `<tr><th scope="row">${code(type)}</th><td>${escapeHtml(status)}</td><td>${escapeHtml(message)}</td></tr>`,
  );
  const header = ["Condition", "Status", "Message"];
  return section("Conditions", table("As of the end of the run", header, rows));
}

function equality(isEqual: boolean | null): string {
  if (isEqual === null) return NONE;
  return isEqual ? badge("good", "Equal") : badge("bad", "Different");
}

function countOrNone(count: number | null): string {
  return count === null ? NONE : formatCount(count);
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

function badge(kind: string, word: string): string {
  return `<span class="badge ${kind}">${word}</span>`;
}

function number(html: string): string {
  return `<td class="number">${html}</td>`;
}

function definitions(pairs: readonly (readonly string[])[]): string {
  return pairs
    .map(([term = "", html = ""]) => `<div><dt>${term}</dt><dd>${html}</dd></div>`)
    .join("");
}

function section(heading: string, html: string): string {
  return `<section><h2>${heading}</h2>\n${html}\n</section>`;
}

/** In a region of its own that scrolls sideways on narrow screens, and can be reached by keyboard for that. */
function table(caption: string, header: readonly string[], rows: readonly string[]): string {
  const cells = header.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${cells}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}
