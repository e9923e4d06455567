// node scripts/record-durations.mjs [<report>…]: takes the seconds of test files from reports into test/durations.json, by which
// the files are ordered and sharded, and files that are gone out of it.
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
