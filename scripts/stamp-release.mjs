/**
 * When the package is packed: which commit of the action `mongoferry init` pins. That is the release which was made of HEAD and
 * pushed (scripts/release-action.mjs), else HEAD itself, which workflows then build.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { projectRoot } from "./prepare-checkout.mjs";
import { findPushedRelease } from "./release-action.mjs";

const ACTION = "mongoferry/mongoferry";
const head = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
const release = { action: `${ACTION}@${findPushedRelease(projectRoot, head) ?? head}` };
writeFileSync(new URL("../dist/release.json", import.meta.url), `${JSON.stringify(release)}\n`);
