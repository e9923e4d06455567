/** One line of live progress, fitted to the terminal's width. Pure. */
import {
  formatByteRate,
  formatCount,
  formatDocumentRate,
  formatRoughDuration,
} from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import { formatNamespace } from "../model/namespace.ts";
import type {
  CollectionFigures,
  ProgressFigures,
  ProgressModel,
} from "../report/progress-model.ts";
import { displayWidth, padEndToWidth, truncateMiddle } from "../report/terminal-text.ts";

const UNKNOWN = "–";
const GAP = "  ";
const MIN_NAME_WIDTH = 12;
const MIN_BAR_WIDTH = 8;
const MAX_BAR_WIDTH = 30;
/** A terminal echoes `^C` behind the last line; wrapping there would shift all lines by one. */
const FREE_COLUMNS = 5;
/** Widths hold the usual figures; a wider one shortens the name. */
const WIDTHS = { percent: 5, left: 11, bytes: 10, documents: 14 } as const;

type Column = keyof typeof WIDTHS;

/** What a narrow terminal gives up last comes first. */
const BY_IMPORTANCE: readonly Column[] = ["percent", "left", "bytes", "documents"];
const ON_SCREEN: readonly Column[] = ["percent", "documents", "bytes", "left"];

/** Lines of the active collections, at most `maxCollections`, then the line of the total. */
export function layoutProgress(
  model: ProgressModel,
  columns: number,
  maxCollections: number,
): string[] {
  const shown = model.active.slice(0, Math.max(0, maxCollections));
  const lines = shown.map((figures) =>
    layoutLine([safeText(formatNamespace(figures.target))], figures, columns),
  );
  return [...lines, layoutTotal(model, model.active.length - shown.length, columns)];
}

/** The line of the total; says how many active collections have no line of their own. */
export function layoutTotal(model: ProgressModel, hiddenCount: number, columns: number): string {
  const { doneCount, collectionCount } = model.total;
  const label = `total ${formatCount(doneCount)}/${formatCount(collectionCount)}`;
  const hidden = formatCount(hiddenCount);
  const labels =
    hiddenCount > 0 ? [`${label}, ${hidden} more`, `${label} +${hidden}`, label] : [label];
  return layoutLine(labels, model.total, columns);
}

/** Figures in words, for columns and for log lines alike. */
export function describeFigures(
  figures: ProgressFigures | CollectionFigures,
): Record<Column, string> {
  const { documentsPerSecond, bytesPerSecond } = figures;
  return {
    percent: `${Math.floor(figures.percent)} %`,
    documents: documentsPerSecond === null ? UNKNOWN : formatDocumentRate(documentsPerSecond),
    bytes: bytesPerSecond === null ? UNKNOWN : formatByteRate(bytesPerSecond),
    left: describeTimeLeft(figures),
  };
}

function describeTimeLeft(figures: ProgressFigures | CollectionFigures): string {
  if ("state" in figures && figures.state === "indexing") {
    return describeIndexing(figures.indexShare);
  }
  if (figures.etaSeconds === null) return UNKNOWN;
  if (figures.etaSeconds === 0) return "done";
  if (figures.etaSeconds < 59.5) return `${Math.max(1, Math.round(figures.etaSeconds))} s left`;
  return `${formatRoughDuration(figures.etaSeconds * 1000)} left`;
}

/** Never 100: another step of the build may follow. */
function describeIndexing(share: number | null): string {
  return share === null ? "indexing" : `indexing ${Math.min(99, Math.floor(100 * share))} %`;
}

/** Uses the first of the labels that fits; the last one is shortened where none does. */
function layoutLine(labels: readonly string[], figures: ProgressFigures, columns: number): string {
  const width = Math.max(0, columns - FREE_COLUMNS);
  const { chosen, room } = chooseColumns(width - MIN_NAME_WIDTH);
  const texts = describeFigures(figures);
  const cells = ON_SCREEN.filter((column) => chosen.has(column)).map((column) =>
    texts[column].padStart(WIDTHS[column]),
  );
  const barWidth = chooseBarWidth(room);
  if (barWidth > 0) cells.unshift(drawBar(figures.percent, barWidth));
  const right = cells.map((cell) => GAP + cell).join("");
  const nameWidth = Math.max(0, width - displayWidth(right));
  const label = labels.find((text) => displayWidth(text) <= nameWidth) ?? labels.at(-1) ?? "";
  const line = padEndToWidth(truncateMiddle(label, nameWidth), nameWidth) + right;
  return displayWidth(line) <= width ? line : truncateMiddle(line.trim(), width);
}

function chooseColumns(available: number): { chosen: ReadonlySet<Column>; room: number } {
  const chosen = new Set<Column>();
  let room = available;
  for (const column of BY_IMPORTANCE) {
    const needed = WIDTHS[column] + GAP.length;
    if (needed > room && chosen.size > 0) break;
    chosen.add(column);
    room -= needed;
  }
  return { chosen, room };
}

/** Half of what is left, the name gets the other half. */
function chooseBarWidth(room: number): number {
  if (room < MIN_BAR_WIDTH + GAP.length) return 0;
  return Math.min(MAX_BAR_WIDTH, Math.max(MIN_BAR_WIDTH, Math.floor((room - GAP.length) / 2)));
}

function drawBar(percent: number, width: number): string {
  const filled = Math.floor((percent / 100) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
