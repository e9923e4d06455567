// node scripts/record-durations.mjs [<report>…]: writes the seconds of these reports' test files into test/durations.json, and
// removes files that no longer exist. Test files are ordered and sharded by this table.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./prepare-checkout.mjs";
import { readReport, updateDurations } from "./test-reports.mjs";

const table = join(projectRoot, "test/durations.json");
const paths = process.argv.slice(2);
const reports = paths.map(readReport);
if (reports.includes(null)) {
  process.stderr.write(`There is no report ${paths[reports.indexOf(null)]}\n`);
  process.exit(1);
}
const durations = updateDurations(JSON.parse(readFileSync(table, "utf8")), reports, (path) =>
  existsSync(join(projectRoot, path)),
);
writeFileSync(table, `${JSON.stringify(durations, null, 2)}\n`);
