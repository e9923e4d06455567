import { isTimeZone, type LoadWindow, overlap } from "../../model/load-window.ts";
import type { SpecProblem } from "../../model/problem.ts";
import { normalizeWindow } from "../normalize-limits.ts";
import { quoteText } from "../printable-text.ts";
import type { LoadWindow as WrittenWindow } from "../schema-types.ts";
import { listAt, problemAtValue, type SpecDocument } from "../spec-document.ts";
import type { SpecPath } from "../spec-path.ts";
import type { SpecSet } from "../spec-set.ts";

const WINDOWS = ["spec", "limits", "windows"];
const TIME = /^([01]\d|2[0-4]):[0-5]\d$/u;

interface PlacedWindow {
  readonly path: SpecPath;
  readonly window: LoadWindow;
}

/** Windows in time zones that nobody knows, without a length, or at the same time as others. */
export function findInvalidWindows(specs: SpecSet): SpecProblem[] {
  return [...specs.migrations, ...specs.defaults].flatMap((document) => {
    const windows = readWindows(document);
    return windows.flatMap(({ path, window }, position) => [
      ...judgeZone(document, path, window),
      ...judgeLength(document, path, window),
      ...judgeOverlap(document, path, window, windows.slice(0, position)),
    ]);
  });
}

/** Those of a form that the schema takes, as far as it matters here. */
function readWindows(document: SpecDocument): readonly PlacedWindow[] {
  return listAt(document, WINDOWS).flatMap((entry, position) =>
    isWindow(entry) ? [{ path: [...WINDOWS, position], window: normalizeWindow(entry) }] : [],
  );
}

function isWindow(entry: unknown): entry is WrittenWindow {
  if (typeof entry !== "object" || entry === null) return false;
  const { from, to, timeZone, days = [] } = entry as Record<string, unknown>;
  const hasTimes = [from, to].every((time) => typeof time === "string" && TIME.test(time));
  return hasTimes && typeof timeZone === "string" && Array.isArray(days);
}

function judgeZone(
  document: SpecDocument,
  path: SpecPath,
  { timeZone }: LoadWindow,
): SpecProblem[] {
  if (isTimeZone(timeZone)) return [];
  return [
    problemAtValue(document, [...path, "timeZone"], {
      code: "unknown-time-zone",
      message: `There is no time zone ${quoteText(timeZone)}.`,
      remedy: "Use a name of the IANA database, such as Asia/Shanghai, Europe/Berlin or UTC.",
    }),
  ];
}

function judgeLength(document: SpecDocument, path: SpecPath, window: LoadWindow): SpecProblem[] {
  if (window.fromMinute !== window.toMinute) return [];
  return [
    problemAtValue(document, [...path, "to"], {
      code: "empty-window",
      message: "The window ends when it begins.",
      remedy: 'For the whole day, write from: "00:00" and to: "24:00".',
    }),
  ];
}

/** In different time zones, how they meet may change twice a year: there the strictest holds. */
function judgeOverlap(
  document: SpecDocument,
  path: SpecPath,
  window: LoadWindow,
  earlier: readonly PlacedWindow[],
): SpecProblem[] {
  const met = earlier.findIndex(
    (other) => other.window.timeZone === window.timeZone && overlap(other.window, window),
  );
  if (met === -1) return [];
  return [
    problemAtValue(document, path, {
      code: "overlapping-windows",
      message: `The window holds at times at which windows[${met}] does.`,
      remedy: "Let one end where the other begins, or give them different days.",
    }),
  ];
}
