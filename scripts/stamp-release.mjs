/** When a release is packed: which commit it is, so that `mongoferry init` can pin its action. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const ACTION = "mongoferry/mongoferry";
const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
const release = { action: `${ACTION}@${commit}` };
writeFileSync(new URL("../dist/release.json", import.meta.url), `${JSON.stringify(release)}\n`);
