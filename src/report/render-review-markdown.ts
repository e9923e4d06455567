/** What a pull request would do to one migration, as GitHub markdown. All names and messages in it are untrusted. */
import { formatCount, formatCounted } from "../base/format-quantity.ts";
import { type Finding, isBlocked } from "../model/finding.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { ExistingTarget, ObjectChange, Plan } from "../model/plan.ts";
import type { Review } from "../model/review.ts";
import { describeExisting, describeKind } from "./describe-change.ts";
import {
  markdownCode,
  markdownLines,
  markdownLink,
  markdownText,
  renderedWithin,
} from "./escape.ts";
import { byteLength, fitSections, type Section } from "./fit-sections.ts";
import { approvalLine, NOT_PLANNED, PLANNED_LATER, planMarker } from "./plan-comment-marker.ts";
import { groupChanges } from "./plan-changes.ts";
import { shortenDigest, summarizePlan } from "./plan-summary.ts";
import { sortFindings, summarizeFindings } from "./precheck-summary.ts";
import { renderDatabase, renderObject, renderStanding } from "./render-changes.ts";
import { describeNext, judgeReview, warnOfStopping } from "./review-verdict.ts";
import { createPaint } from "./terminal-text.ts";

/** Of the 65,536 characters that GitHub takes, with room for what is said later. */
const MOST_COMMENT_BYTES = 60_000;
/** Objects listed as destroyed; the number of all is said. */
const MOST_DESTROYED = 20;
/** What has failed, or is warned about, where not all findings fit. */
const MOST_BRIEF_BYTES = 20_000;
/** Of what is never left out. */
const MOST_REASON_BYTES = 4_000;
const MOST_END_BYTES = 300;

const VERDICT_MARKS = { good: "🟢", notice: "🟡", bad: "🔴" } as const;
const FINDING_MARKS = { passed: "✅", warning: "⚠️", failed: "❌" } as const;

/** The comment: found again by its first line, approved by its second. */
export function renderReviewComment(review: Review): string {
  return fitSections([hiddenLines(review), ...sectionsOf(review)], MOST_COMMENT_BYTES);
}

/** The same for the job summary, which takes more. */
export function renderReviewSummary(review: Review, mostBytes: number): string {
  return fitSections(sectionsOf(review), mostBytes);
}

function hiddenLines({ migration, finding, specHash, head }: Review): Section {
  const plan = finding.kind === "planned" ? finding.plan : null;
  const isApprovable = plan !== null && specHash !== null && head !== null;
  const approval = isApprovable
    ? `\n${approvalLine({ digest: plan.digest, spec: specHash, head })}`
    : "";
  const later = finding.kind === "untrusted" ? `\n${PLANNED_LATER}` : "";
  const isMissing = finding.kind === "failed" || (finding.kind === "planned" && plan === null);
  const missing = isMissing ? `\n${NOT_PLANNED}` : "";
  return { text: `${planMarker(migration)}${approval}${later}${missing}`, rank: 0 };
}

function sectionsOf(review: Review): readonly Section[] {
  const { finding } = review;
  const plan = finding.kind === "planned" ? finding.plan : null;
  const seeMore =
    review.runUrl === null
      ? "run `mongoferry plan`"
      : `see the ${markdownLink("job summary", review.runUrl)}`;
  return [
    { text: heading(review, plan), rank: 0 },
    ...(finding.kind === "failed"
      ? [{ text: `> [!CAUTION]\n${reasonOf(finding.reason)}`, rank: 0 }]
      : []),
    ...(finding.kind === "untrusted" ? [{ text: untrusted(finding.connections), rank: 0 }] : []),
    ...stoppingOf(review),
    ...(plan === null ? [] : dangerOf(plan)),
    { text: settingsOf(review), rank: 4, instead: "*The changed settings are left out here.*" },
    ...(plan === null ? [] : [{ text: `**${markdownText(summarizePlan(plan))}.**`, rank: 0 }]),
    ...precheckOf(review, seeMore),
    ...(plan === null ? [] : objectsOf(plan, seeMore)),
    { text: `**Next:** ${describeNext(review)}`, rank: 0 },
  ].filter(({ text }) => text !== "");
}

function heading(review: Review, plan: Plan | null): string {
  const { migration, head, runUrl } = review;
  const verdict = judgeReview(review);
  const facts = [
    ...(plan === null
      ? []
      : [
          `**${[plan.source, plan.destination]
            .map((end) => `${end.connection} ${end.version}`)
            .map((end) => renderedWithin(end, MOST_END_BYTES, markdownText))
            .join(" → ")}**`,
        ]),
    ...(head === null ? [] : [`commit ${markdownCode(head.slice(0, 7))}`]),
    ...(plan === null ? [] : [`plan ${markdownCode(shortenDigest(plan.digest))}`]),
    ...(runUrl === null ? [] : [markdownLink("run", runUrl)]),
  ];
  const title = `## ${VERDICT_MARKS[verdict.kind]} ${markdownText(migration)} — ${markdownText(verdict.text)}`;
  return facts.length === 0 ? title : `${title}\n${facts.join(" · ")}`;
}

function untrusted(connections: readonly string[]): string {
  const names = connections.map(markdownCode).join(", ");
  return `> [!WARNING]\n> Not as on the base branch: ${names}. No secret is used with a connection before its change is merged.`;
}

function reasonOf(reason: string): string {
  return renderedWithin(reason, MOST_REASON_BYTES, (text) => markdownLines(text, "> "));
}

/** What leaving a run midway means. */
function stoppingOf(review: Review): readonly Section[] {
  const warning = warnOfStopping(review);
  if (warning === null) return [];
  return [{ text: `> [!WARNING]\n${reasonOf(warning)}`, rank: 0 }];
}

function dangerOf(plan: Plan): readonly Section[] {
  const { destroying } = groupChanges(plan);
  const warnings = plan.warnings.map((warning) => `> - ${markdownText(warning)}`);
  return [
    { text: cautionOf(destroying, MOST_DESTROYED), rank: 2, instead: cautionOf(destroying, 0) },
    {
      text: warnings.length === 0 ? "" : `> [!WARNING]\n${warnings.join("\n")}`,
      rank: 3,
      instead: `> [!WARNING]\n> ${formatCounted(warnings.length, "warning")}, left out here`,
    },
  ];
}

function cautionOf(destroying: readonly ObjectChange[], most: number): string {
  if (destroying.length === 0) return "";
  const named = destroying.slice(0, most).map(({ target, source, existing }) => {
    const lost = existing === null ? "" : ` (${figuresOf(existing)})`;
    return `> - ${markdownCode(formatNamespace(target ?? source))}${lost}`;
  });
  const more = destroying.length - named.length;
  const rest = more > 0 && named.length > 0 ? [`> - and ${formatCount(more)} more`] : [];
  const what = `**Overwrites ${formatCounted(destroying.length, "object")} at the destination**`;
  return ["> [!CAUTION]", `> ${what}`, ...named, ...rest].join("\n");
}

/** Views have none. */
function figuresOf(existing: ExistingTarget): string {
  const figures = describeExisting(existing).replaceAll("  ", ", ");
  return figures === "" ? describeKind(existing.kind).trim() : figures;
}

function settingsOf({ settings, change }: Review): string {
  if (settings.length === 0) return "";
  const lines = settings.map((line) => `- ${markdownText(line)}`);
  const title = change === "settings" ? "Changed, and obeyed at once:" : "Also changed:";
  return `${title}\n${lines.join("\n")}`;
}

function precheckOf({ finding }: Review, seeMore: string): readonly Section[] {
  if (finding.kind !== "planned" || finding.findings.length === 0) return [];
  const sorted = sortFindings(finding.findings);
  const notable = sorted.filter(({ result }) => result !== "passed");
  const passed = `${formatCounted(sorted.length - notable.length, "check")} passed.`;
  const brief = notable.length === 0 ? passed : `${precheckTable(notable)}\n\n${passed}`;
  const isBrief = byteLength(brief) <= MOST_BRIEF_BYTES;
  const instead = isBrief ? brief : `*${summarizeFindings(sorted)}: ${seeMore}.*`;
  return [{ text: precheckTable(sorted), rank: 7, instead }];
}

function precheckTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ rule, result, message, remedy }) => {
    const said = [message, remedy].filter((text) => text !== "").map(markdownText);
    return `| ${FINDING_MARKS[result]} | ${markdownCode(rule)} | ${said.join(". ")} |`;
  });
  return ["| | Check | Result |", "|:-:|---|---|", ...rows].join("\n");
}

function objectsOf(plan: Plan, seeMore: string): readonly Section[] {
  const { made, kept, refused, unchanged, skipped } = groupChanges(plan);
  const shown = [...refused, ...made, ...kept];
  const left = [...unchanged, ...skipped];
  return [
    changesSection("Objects", shown, plan, seeMore, 5),
    changesSection("Copied before, or skipped", left, plan, seeMore, 6),
  ].filter(({ text }) => text !== "");
}

function changesSection(
  title: string,
  objects: readonly ObjectChange[],
  { databases }: Plan,
  seeMore: string,
  rank: number,
): Section {
  if (objects.length === 0) return { text: "", rank };
  const lines = [
    ...(title === "Objects" ? databases.flatMap((each) => renderDatabase(each, PLAIN)) : []),
    ...objects.flatMap((object) =>
      object.change === "refuse" || object.change === "keep"
        ? renderStanding(object, PLAIN)
        : renderObject(object, PLAIN),
    ),
  ].map(toDiffLine);
  const count = formatCount(objects.length);
  return {
    text: `<details><summary>${title} (${count})</summary>\n\n${fenced(lines, "diff")}\n\n</details>`,
    rank,
    instead: `*${title} (${count}): left out here, ${seeMore}.*`,
  };
}

const PLAIN = createPaint(false);
/** What GitHub colours: the first character of a line. */
const DIFF_SIGNS: Readonly<Record<string, string>> = {
  "+": "+",
  "±": "!",
  "✗": "!",
  "-": "-",
  "=": " ",
  "?": "#",
};

/** The sign comes first; where GitHub has no colour for it, the sign itself comes behind the one that has. */
function toDiffLine(line: string): string {
  const [, indent = "", sign = " ", rest = ""] = /^(\s*)(?:([+±✗\-=?]) )?(.*)$/u.exec(line) ?? [];
  const colored = DIFF_SIGNS[sign] ?? " ";
  return `${colored} ${indent.slice(2)}${colored === sign ? "" : `${sign} `}${rest}`;
}

/** Nothing inside can end it. */
function fenced(lines: readonly string[], language: string): string {
  const text = lines.join("\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Whether the migration may start, for the status of the commit. */
export function isReviewBlocked({ finding }: Review): boolean {
  if (finding.kind === "planned") return finding.plan === null || isBlocked(finding.findings);
  return finding.kind === "failed";
}
