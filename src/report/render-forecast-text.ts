import { formatDuration, formatRoughDuration } from "../base/format-quantity.ts";
import { safeText } from "../base/safe-text.ts";
import type { CutoverForecast } from "../model/cutover-forecast.ts";
import { STEP_WORDS } from "./describe-cutover.ts";
import type { TextOptions } from "./render-precheck-text.ts";
import { createPaint } from "./terminal-text.ts";

/** Details of a step that are shown; `--output json` lists all. */
const MOST_DETAILS = 20;

/** What a cutover would do, for a terminal: whether it could begin, then step by step. Ends with a line break. */
export function renderForecastText(forecast: CutoverForecast, options: TextOptions): string {
  const paint = createPaint(options.useColor);
  const { migration, objections, steps, durationMs, impossible } = forecast;
  const verdict =
    objections.length === 0
      ? paint("green", "a cutover could begin now")
      : paint("yellow", "a cutover would not begin now");
  const sections = [
    [
      `${paint("bold", safeText(migration))}: ${verdict}`,
      ...objections.map((each) => `  ${safeText(each)}`),
    ],
    steps.flatMap(({ step, durationMs: stepMs, details }, position) => [
      `${position + 1}. ${STEP_WORDS[step]}: ${stepMs === 0 ? "at once" : formatRoughDuration(stepMs)}`,
      ...details.slice(0, MOST_DETAILS).map((each) => `     ${safeText(each)}`),
      ...(details.length > MOST_DETAILS
        ? [`     … and ${details.length - MOST_DETAILS} more`]
        : []),
    ]),
    impossible.length === 0
      ? []
      : [
          paint("red", "Not as at the source afterwards:"),
          ...impossible.map((each) => `  ${safeText(each)}`),
        ],
    [
      `Nothing may write to the source for ${formatDuration(durationMs)}, as far as anyone can say. Before step ${steps.length} it can be taken back.`,
    ],
  ].filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
