import { formatCount } from "../base/format-quantity.ts";
import { groupBy } from "../base/group-by.ts";
import { safeText } from "../base/safe-text.ts";
import type { DatabaseChange, ObjectChange, Plan } from "../model/plan.ts";
import { groupChanges } from "./plan-changes.ts";
import { judgePlan, type PlanVerdict, shortenDigest, summarizePlan } from "./plan-summary.ts";
import { renderDatabase, renderDestroyed, renderObject, renderStanding } from "./render-changes.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { createPaint, type Paint, type Style, wrapText } from "./terminal-text.ts";

const VERDICT_STYLES: Readonly<Record<PlanVerdict["kind"], Style>> = {
  refused: "red",
  destructive: "yellow",
  additive: "green",
  nothing: "green",
};

/** The plan for a terminal: verdict, danger, objects, then one countable line. Ends with a line break. */
export function renderPlanText(plan: Plan, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const { made, unchanged, kept, refused, skipped, destroying } = groupChanges(plan);
  const sections = [
    renderHeading(plan, paint),
    section("Warnings", renderWarnings(plan, options.columns ?? 80, paint), paint),
    section(
      "Refused, for reasons that the precheck gives",
      refused.flatMap((object) => renderStanding(object, paint)),
      paint,
      "red",
    ),
    section(
      "Destroyed at the destination",
      destroying.map((object) => paint("red", renderDestroyed(object))),
      paint,
      "red",
    ),
    section(
      "Kept at the destination as it is, nothing is copied",
      kept.flatMap((object) => renderStanding(object, paint)),
      paint,
    ),
    section("Objects", renderMade(plan.databases, made, paint), paint),
    section(
      `Copied before, not compared again (${formatCount(unchanged.length)})`,
      unchanged.flatMap((object) => renderObject(object, paint)),
      paint,
    ),
    section(
      `Skipped (${formatCount(skipped.length)})`,
      skipped.flatMap((object) => renderObject(object, paint)),
      paint,
    ),
    [paint("bold", summarizePlan(plan)), `Digest: ${plan.digest}`],
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function renderHeading(plan: Plan, paint: Paint): string[] {
  const verdict = judgePlan(plan);
  const style = VERDICT_STYLES[verdict.kind];
  const ends = [plan.source, plan.destination].map(({ connection, version }) =>
    safeText(`${connection} ${version}`),
  );
  return [
    `${paint("bold", safeText(plan.migration))}: ${paint(style, verdict.text)}`,
    `${ends.join(" → ")} · plan ${shortenDigest(plan.digest)}`,
  ];
}

function section(title: string, lines: readonly string[], paint: Paint, style?: Style): string[] {
  if (lines.length === 0) return [];
  return [paint("bold", style === undefined ? title : paint(style, title)), ...lines];
}

function renderWarnings(plan: Plan, columns: number, paint: Paint): string[] {
  return plan.warnings.flatMap((warning) => {
    const [first = "", ...rest] = wrapText(safeText(warning), columns - 4);
    return [`  ${paint("yellow", "!")} ${first}`, ...rest.map((line) => `    ${line}`)];
  });
}

/** Each new database stands before its objects. */
function renderMade(
  databases: readonly DatabaseChange[],
  made: readonly ObjectChange[],
  paint: Paint,
): string[] {
  const byDatabase = groupBy(made, ({ target, source }) => (target ?? source).db);
  const changes = new Map(databases.map((database) => [database.name, database]));
  return [...byDatabase].flatMap(([db, objects]) => {
    const database = changes.get(db);
    return [
      ...(database === undefined ? [] : renderDatabase(database, paint)),
      ...objects.flatMap((object) => renderObject(object, paint)),
    ];
  });
}
