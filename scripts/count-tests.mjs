// node scripts/count-tests.mjs <report>…: one line of totals from vitest's JSON reports; exit code 1 where nothing ran or failed.
import { readFileSync } from "node:fs";

const { passed, failed, skipped } = countTests({
  testResults: process.argv.slice(2).flatMap((file) => readReport(file).testResults),
});
const rest = skipped === 0 ? "" : `, ${skipped} skipped`;
process.stdout.write(`${passed} passed, ${failed} failed${rest}\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** A run that ended before its report counts as no tests at all. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { testResults: [] };
  }
}

function countTests({ testResults }) {
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length;
  const brokenFiles = testResults.filter(
    (file) =>
      // Its tests couldn't be loaded, or something around them failed, such as the check for leaks.
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  );
  return {
    passed: count("passed"),
    failed: count("failed") + brokenFiles.length,
    skipped: count("skipped", "pending", "todo", "disabled"),
  };
}
