import Table from "cli-table3";
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatInstant,
} from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import { compareNamespaces, formatNamespace } from "../model/namespace.ts";
import { type CollectionProgress, hasEnded, type Phase, type RunRecord } from "../model/run.ts";
import { describeFollowing } from "./describe-following.ts";
import { loadKindOf } from "../model/limits.ts";
import { describeBackOff, describeLimits } from "./describe-limits.ts";
import { namesOfSet } from "./load-status.ts";
import { shortenDigest } from "./plan-summary.ts";
import { percentOf, sumProgress, totalPercentOf } from "./progress-model.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { currentReason, type Status } from "./status-json.ts";
import { createPaint, type Paint, type Style, wrapText } from "./terminal-text.ts";

/** What is going on comes first; a list longer than this is for `--output json`. */
const MAX_COLLECTIONS = 50;
const MAX_TRANSITIONS = 20;
const STATE_RANK: Readonly<Record<CollectionProgress["state"], number>> = {
  copying: 0,
  indexing: 1,
  pending: 2,
  done: 3,
};
const PHASE_STYLES: Readonly<Partial<Record<Phase, Style>>> = {
  Completed: "green",
  Stalled: "red",
  Stopped: "yellow",
  Paused: "yellow",
};
/** Figures are stored every five seconds. */
const STALE_MS = 20_000;
const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

/** Phase and reason first, then conditions, collections and history. Ends with a line break. */
export function renderStatusText(status: Status, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const { run } = status;
  if (run === null) return `${safeText(status.migration)}: nothing has run yet\n`;
  const sections = [
    renderHeading(status, run, options.columns ?? 80, paint),
    renderFollowing(status),
    renderLoad(status, run),
    section("Conditions", renderConditions(run), paint),
    status.progress.length === 0 ? [] : [paint("bold", renderTotal(status.progress))],
    renderCollections(status.progress, paint),
    section("History", renderHistory(status), paint),
  ].filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function renderHeading(status: Status, run: RunRecord, columns: number, paint: Paint): string[] {
  const phase = paint(PHASE_STYLES[run.phase] ?? "cyan", run.phase);
  const duration = formatDuration(status.now.getTime() - run.since.getTime());
  const reason = currentReason(status);
  const facts = [
    `since ${formatInstant(run.since)}`,
    ...(run.planDigest === null ? [] : [`plan ${safeText(shortenDigest(run.planDigest))}`]),
  ];
  return [
    `${paint("bold", safeText(status.migration))}: ${phase} for ${duration}`,
    ...(reason === null || reason === "" ? [] : wrapText(safeText(reason), columns)),
    facts.join(" · "),
  ];
}

/** Figures that nobody stores any more say so. */
function renderFollowing({ checkpoint, run, now }: Status): string[] {
  if (checkpoint === null || run === null || hasEnded(run.phase)) return [];
  const { figures } = checkpoint;
  if (figures === null) return [];
  const ageMs = now.getTime() - figures.at.getTime();
  const line = `${describeFollowing(figures)}`;
  if (ageMs < STALE_MS) return [line];
  return [
    `${line}; so ${formatDuration(ageMs)} ago, and nothing has been stored since: no process is at work, or it cannot reach the source`,
  ];
}

/** Of a migration that has ended, only what a next run would be held to unexpectedly. */
function renderLoad({ load }: Status, run: RunRecord): string[] {
  const { inForce, overrides, backOff } = load;
  const set = namesOfSet(overrides);
  if (hasEnded(run.phase) && set.length === 0) return [];
  const line = `Limits: ${describeLimits(inForce, loadKindOf(run.phase))}`;
  const slower = describeBackOff(backOff);
  return [
    set.length === 0 ? line : `${line}; set with status --set: ${set.join(", ")}`,
    ...(slower === null ? [] : [safeText(`Load: ${slower}`)]),
  ];
}

function renderConditions(run: RunRecord): string[] {
  return run.conditions.map(({ type, status, message }) => {
    const detail = message === "" ? "" : `: ${message}`;
    return `  ${safeText(`${type} is ${status}${detail}`)}`;
  });
}

function renderTotal(progress: readonly CollectionProgress[]): string {
  const sums = sumProgress(progress);
  const doneCount = progress.filter(({ state }) => state === "done").length;
  return [
    `Total: ${formatPercent(totalPercentOf(progress))}`,
    `${formatCount(doneCount)} of ${formatCounted(progress.length, "collection")} done`,
    `${formatCount(sums.copiedDocuments)} of ${formatCounted(sums.documentCount, "document")}`,
    `${formatBytes(sums.copiedBytes)} of ${formatBytes(sums.dataBytes)}`,
  ].join(", ");
}

function renderCollections(progress: readonly CollectionProgress[], paint: Paint): string[] {
  if (progress.length === 0) return [];
  const sorted = progress.toSorted(
    (a, b) => STATE_RANK[a.state] - STATE_RANK[b.state] || compareNamespaces(a.target, b.target),
  );
  const shown = sorted.slice(0, MAX_COLLECTIONS);
  const hidden = sorted.length - shown.length;
  const note = `… and ${formatCounted(hidden, "more collection")}; --output json lists all`;
  return [...renderTable(shown, paint), ...(hidden > 0 ? [note] : [])];
}

/** Only ever called with few rows: the time the table library takes grows faster than their number. */
function renderTable(progress: readonly CollectionProgress[], paint: Paint): string[] {
  const table = new Table({
    head: ["Collection", "State", "Percent", "Documents", "Size"],
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: ["left", "left", "right", "right", "right"],
  });
  for (const collection of progress) {
    table.push([
      safeText(formatNamespace(collection.target)),
      collection.state,
      formatPercent(percentOf(collection)),
      `${formatCount(collection.copiedDocuments)} of ${formatCount(collection.documentCount)}`,
      `${formatBytes(collection.copiedBytes)} of ${formatBytes(collection.dataBytes)}`,
    ]);
  }
  const [head = "", ...rows] = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return [paint("bold", head), ...rows];
}

function renderHistory({ transitions }: Status): string[] {
  const shown = transitions.slice(-MAX_TRANSITIONS);
  const hidden = transitions.length - shown.length;
  return [
    ...(hidden > 0 ? [`  … ${formatCount(hidden)} earlier; --output json lists all`] : []),
    ...shown.map(({ at, from, to, reason }) => {
      const why = reason === "" ? "" : `  ${safeText(reason)}`;
      return `  ${formatInstant(at)}  ${from} → ${to}${why}`;
    }),
  ];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines];
}

/** Rounded down, so that 100 % means all of it. */
function formatPercent(percent: number): string {
  return `${Math.floor(percent)} %`;
}
