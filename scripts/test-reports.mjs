// What JSON reports of test/support/timed-json-reporter.ts say, or those of vitest's own reporter.
import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { projectRoot } from "./prepare-checkout.mjs";

/** Null where a run ended before it wrote its report. */
export function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

export function countStatus(reports, ...wanted) {
  return filesOf(reports)
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => wanted.includes(status)).length;
}

/** A line for each test that failed, each file that failed around its tests, and each missing report. */
export function listFailures(reports, paths) {
  const missing = paths.filter((_, at) => reports[at] === null);
  return [
    ...missing.map((path) => `no report ${path}: what wrote it ended early`),
    ...filesOf(reports).flatMap((file) => {
      const failed = file.assertionResults.filter(({ status }) => status === "failed");
      if (file.status !== "failed") return [];
      // Its tests couldn't be loaded, or something around them failed, such as the check for leaks.
      if (failed.length === 0) return [file.name];
      return failed.map(({ fullName }) => `${file.name} > ${fullName}`);
    }),
  ];
}

/** `[path, seconds]` of all files, the slowest first. */
export function rankFiles(reports) {
  return filesOf(reports)
    .map(({ name, seconds }) => [name, seconds])
    .toSorted(([, a], [, b]) => b - a);
}

/**
 * The table of durations in whole seconds, sorted by path. Files that are not in the reports keep their seconds.
 *
 * @param isThere - Tells by its path whether a file still exists.
 */
export function updateDurations(table, reports, isThere) {
  const seconds = { ...table, ...Object.fromEntries(rankFiles(reports).toReversed()) };
  return Object.fromEntries(
    Object.entries(seconds)
      .map(([path, each]) => [path, Math.round(each)])
      .filter(([path, each]) => each >= 1 && isThere(path))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function filesOf(reports) {
  return reports
    .flatMap((report) => report?.testResults ?? [])
    .map((file) => ({
      ...file,
      name: isAbsolute(file.name) ? relative(projectRoot, file.name) : file.name,
      // From the first test to the last, without imports and what happens around all tests: vitest's own report knows no better.
      seconds: file.seconds ?? (file.endTime - file.startTime) / 1000,
    }));
}
