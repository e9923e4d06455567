// npm run check: everything that can be said about the code without starting a server, in seconds.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { binary, projectRoot, requireNode } from "./prepare-checkout.mjs";

const steps = [
  { name: "unit tests", command: [binary("vitest", "vitest"), "run", "--project", "unit"] },
  { name: "types", command: [binary("typescript", "tsc"), "--noEmit"] },
  { name: "dead code", command: [binary("knip", "knip")] },
  { name: "lint", command: [binary("oxlint", "oxlint"), "--deny-warnings"] },
  { name: "format", command: [binary("oxfmt", "oxfmt"), "--check"] },
  { name: "package", command: ["scripts/with-install.mjs", "package"] },
];

requireNode();
const startedAt = performance.now();
const waiting = [...steps];
const results = [];
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
const failed = results.filter((result) => !result.isPassed);
for (const { name, output } of failed)
  process.stdout.write(`\n── ${name} ──\n${output.trimEnd()}\n`);
process.stdout.write(
  `\n${results.length - failed.length} of ${results.length} checks passed in ${seconds(startedAt)}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const stepStartedAt = performance.now();
    const result = { name: step.name, ...(await runNode(step.command)) };
    results.push(result);
    const mark = result.isPassed ? "✓" : "✗";
    process.stdout.write(`${mark} ${step.name.padEnd(12)}${seconds(stepStartedAt)}\n`);
  }
}

/** Runs a Node script and collects what it prints. */
function runNode(command) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("close", (code) => resolve({ isPassed: code === 0, output }));
  });
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
