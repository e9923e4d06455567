// node scripts/count-tests.mjs <report>…: what failed in all reports, the ten slowest test files and, as the last line, the
// totals. Exit code 1 where something failed, a report is missing, or no test ran.
import { countStatus, listFailures, rankFiles, readReport } from "./test-reports.mjs";

const SHOWN = 10;

const paths = process.argv.slice(2);
const reports = paths.map(readReport);
const failures = listFailures(reports, paths);
const slowest = rankFiles(reports).slice(0, SHOWN);
print("Failed:", failures);
print(
  "Slowest test files:",
  slowest.map(([path, seconds]) => `${seconds.toFixed(1).padStart(7)} s  ${path}`),
);
const passed = countStatus(reports, "passed");
const skipped = countStatus(reports, "skipped", "pending", "todo", "disabled");
const rest = skipped === 0 ? "" : `, ${skipped} skipped`;
process.stdout.write(`${passed} passed, ${failures.length} failed${rest}\n`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;

function print(title, lines) {
  if (lines.length > 0) process.stdout.write(`${[title, ...lines].join("\n")}\n`);
}
