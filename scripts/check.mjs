// npm run check: everything that can be said about the code without starting a server, in seconds.
// npm run check -- --without "unit tests": leaves that step out, where `npm test` runs it.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { binary, projectRoot, requireNode } from "./prepare-checkout.mjs";

/** What was found in files that have not changed since. */
const TYPES_CACHE = ["--incremental", "--tsBuildInfoFile", "node_modules/.cache/types.tsbuildinfo"];

const steps = [
  { name: "unit tests", command: [binary("vitest", "vitest"), "run", "--project", "unit"] },
  {
    name: "types",
    // The unit tests need the other processors; more threads would check shared types several times.
    command: [binary("typescript", "tsc"), "--noEmit", "--singleThreaded", ...TYPES_CACHE],
  },
  { name: "dead code", command: [binary("knip", "knip"), "--cache"] },
  { name: "lint", command: [binary("oxlint", "oxlint"), "--deny-warnings"] },
  { name: "format", command: [binary("oxfmt", "oxfmt"), "--check"] },
  { name: "package", command: ["scripts/with-install.mjs", "package"] },
];

requireNode();
const without = readWithout();
const startedAt = performance.now();
const waiting = steps.filter(({ name }) => !without.includes(name));
const results = [];
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
const failed = results.filter((result) => !result.isPassed);
for (const { name, output } of failed)
  process.stdout.write(`\n── ${name} ──\n${output.trimEnd()}\n`);
process.stdout.write(
  `\n${results.length - failed.length} of ${results.length} checks passed in ${seconds(startedAt)}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function readWithout() {
  const { values } = parseArgs({ options: { without: { type: "string", multiple: true } } });
  const names = values.without ?? [];
  const unknown = names.find((name) => steps.every((step) => step.name !== name));
  if (unknown === undefined) return names;
  const known = steps.map(({ name }) => `"${name}"`).join(", ");
  process.stderr.write(`There is no step "${unknown}" to leave out. Steps: ${known}\n`);
  process.exit(1);
}

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
