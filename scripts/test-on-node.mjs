// npm run test:node [-- <release>…]: the unit tests and a smoke test on each release of Node, such as 20.19 or 22.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { binary, projectRoot } from "./prepare-checkout.mjs";
import { findNode, RELEASES } from "./node-releases.mjs";

const END_WITH_PARENT = new URL("end-with-parent.mjs", import.meta.url).href;
const RUNS = [["--project", "unit"], ["test/e2e/smoke.test.ts"]];

const named = process.argv.slice(2);
const releases = named.length > 0 ? named : RELEASES;
const unknown = releases.find((release) => !/^\d+(\.\d+){0,2}$/u.test(release));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is no release of Node, such as ${RELEASES.join(" or ")}\n`);
  process.exit(1);
}
const results = [];
for (const release of releases) results.push(await testOn(release));
process.stdout.write(`\n${results.map(({ text }) => text).join("\n")}\n`);
process.exitCode = results.every(({ isPassed }) => isPassed) ? 0 : 1;

async function testOn(release) {
  let node;
  try {
    node = findNode(release);
  } catch (error) {
    return { isPassed: false, text: `✗ Node ${release}: ${error.message}` };
  }
  process.stdout.write(`\n── Node ${node.version} ──\n`);
  const codes = [];
  for (const args of RUNS) codes.push(await runVitest(node.path, args));
  const isPassed = codes.every((code) => code === 0);
  return { isPassed, text: `${isPassed ? "✓" : "✗"} Node ${node.version}` };
}

/** Tests that start `node` start this one. */
async function runVitest(node, args) {
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`;
  const child = spawn(
    node,
    ["--import", END_WITH_PARENT, binary("vitest", "vitest"), "run", ...args],
    {
      cwd: projectRoot,
      env: { ...process.env, PATH, MONGOFERRY_TASK: "test:node" },
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    },
  );
  const [code] = await once(child, "exit");
  return code;
}
