import { formatCount, formatCounted, formatInstant } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import type { Drift, DriftItem, DriftKind } from "../model/drift.ts";
import { renderDetails, renderNames } from "./render-changes.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { createPaint, type Paint } from "./terminal-text.ts";

/** Behind the name; empty where the lines below say it. */
const NOTES: Readonly<Record<DriftKind, string>> = {
  changed: "",
  "recreated-at-source": "another collection at the source by now",
  "recreated-at-destination": "another collection at the destination by now",
  missing: "gone from the destination",
  gone: "gone from the source",
  new: "not migrated yet",
  extra: "at the destination only",
  "not-selected": "no longer selected by the spec",
};

/** Drift for a terminal: verdict, then what differs, destination → source. Ends with a line break. */
export function renderDriftText(drift: Drift, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const items = drift.items.flatMap((item) => renderItem(item, paint));
  const sections = [renderHeading(drift, paint), items, [summarizeDrift(drift)]];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function renderHeading(drift: Drift, paint: Paint): string[] {
  const { items, source, destination } = drift;
  const verdict =
    items.length === 0
      ? paint("green", "no drift")
      : paint("yellow", `drift, ${formatCounted(items.length, "object")}`);
  const ends = [source, destination].map(({ connection, version }) =>
    safeText(`${connection} ${version}`),
  );
  return [
    `${paint("bold", safeText(drift.migration))}: ${verdict}`,
    `${ends.join(" → ")} · completed ${formatInstant(drift.completedAt)}`,
  ];
}

function renderItem(item: DriftItem, paint: Paint): string[] {
  const { drift, kind, source, target, counts } = item;
  const names = renderNames({ kind, source: source ?? target, target });
  const note = NOTES[drift] === "" ? "" : `  ${NOTES[drift]}`;
  return [
    `  ${paint("yellow", "~")} ${names}${note}`,
    ...(counts === null
      ? []
      : [
          `      documents: ${formatCount(counts.destination)} → ${formatCount(counts.source)} (the servers' own counts)`,
        ]),
    ...renderDetails({ ...item, change: "unchanged" }, paint),
  ];
}

function summarizeDrift({ comparedCount, uncountedCount }: Drift): string {
  const uncounted =
    uncountedCount === 0
      ? ""
      : `; counts of ${formatCounted(uncountedCount, "filtered collection")} were not compared`;
  return `${formatCounted(comparedCount, "object")} compared by options, indexes and counts, not by contents${uncounted}`;
}
