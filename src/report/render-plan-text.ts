import { formatBytes, formatCount, formatCounted } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type {
  CollectionAction,
  Plan,
  PlanAction,
  PlannedObject,
  ViewAction,
} from "../model/plan.ts";
import { describeIndex, describeOptions } from "./describe-index.ts";
import {
  groupByTarget,
  isViewAction,
  judgePlan,
  listDestroyed,
  type PlanVerdict,
  shortenDigest,
  summarizePlan,
  type TargetChange,
} from "./plan-summary.ts";
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
  const sections = [
    renderHeading(plan, paint),
    section("Warnings", renderWarnings(plan, options.columns ?? 80, paint), paint),
    section(
      "Refused, in the way at the destination",
      plan.refused.map(renderRefused),
      paint,
      "red",
    ),
    section(
      "Destroyed at the destination",
      listDestroyed(plan.actions).map((action) => paint("red", renderDestroyed(action))),
      paint,
      "red",
    ),
    section(
      "Objects",
      groupByTarget(plan.actions).flatMap((change) => renderChange(change, paint)),
      paint,
    ),
    section(
      `Copied before, not compared again (${formatCount(plan.unchanged.length)})`,
      plan.unchanged.map(renderUnchanged),
      paint,
    ),
    section(
      `Skipped (${formatCount(plan.skipped.length)})`,
      plan.skipped.map((namespace) => `    ${name(namespace)}`),
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

function renderRefused({ source, target }: PlannedObject): string {
  return `  ✗ ${name(target)}${renderOrigin(source, target)}`;
}

function renderUnchanged({ source, target }: PlannedObject): string {
  return `  = ${name(target)}${renderOrigin(source, target)}`;
}

function renderDestroyed(action: CollectionAction | ViewAction): string {
  if (isViewAction(action)) return `  - view ${name(action.target)}`;
  const size = action.replaces === null ? "" : `  ${renderSize(action.replaces)}`;
  return `  - ${name(action.target)}${size}`;
}

function renderChange(change: TargetChange, paint: Paint): string[] {
  const indexes = change.indexes.map((action) => {
    const text = safeText(`${action.index} ${describeIndex(action.spec)}`);
    return `      ${paint("green", "+")} index ${text}`;
  });
  return [`  ${renderObject(change, paint)}`, ...indexes];
}

function renderObject({ source, target, object }: TargetChange, paint: Paint): string {
  if (object === null) return `  ${name(target)}`;
  const sign = renderSign(object, paint);
  const names = `${name(target)}${renderOrigin(source, target)}`;
  if (isViewAction(object)) return `${sign} view ${names}`;
  return `${sign} ${names}  ${renderSize(object)}${renderOptions(object)}`;
}

function renderSign(action: PlanAction, paint: Paint): string {
  return action.kind.startsWith("replace") ? paint("red", "±") : paint("green", "+");
}

function renderOptions(action: CollectionAction): string {
  const options = safeText(describeOptions(action.options));
  return options === "" ? "" : `  (${options})`;
}

function renderOrigin(source: Namespace, target: Namespace): string {
  const isRenamed = source.db !== target.db || source.coll !== target.coll;
  return isRenamed ? `  from ${name(source)}` : "";
}

function renderSize(size: { readonly documentCount: number; readonly dataBytes: number }): string {
  return `${formatCounted(size.documentCount, "document")}  ${formatBytes(size.dataBytes)}`;
}

function name(namespace: Namespace): string {
  return safeText(formatNamespace(namespace));
}
