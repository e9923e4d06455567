import { execa } from "execa";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CHECK = fileURLToPath(new URL("../../scripts/check.mjs", import.meta.url));
const STEPS = ["unit tests", "types", "dead code", "lint", "format", "package"];

async function check(...without: readonly string[]) {
  const args = without.flatMap((step) => ["--without", step]);
  return execa("node", [CHECK, ...args], { reject: false });
}

test("leaves out the steps that are named", async () => {
  const { stdout, exitCode } = await check(...STEPS);
  expect([stdout.trim(), exitCode]).toEqual([expect.stringMatching(/^0 of 0 checks passed/), 0]);
});

test("knows all steps that it can leave out", async () => {
  const { stderr, exitCode } = await check("unit test");
  expect([stderr, exitCode]).toEqual([
    `There is no step "unit test" to leave out. Steps: ${STEPS.map((step) => `"${step}"`).join(", ")}`,
    1,
  ]);
});
