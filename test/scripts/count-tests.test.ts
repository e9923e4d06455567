import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const COUNT_TESTS = fileURLToPath(new URL("../../scripts/count-tests.mjs", import.meta.url));
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-count-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** What is printed for files of these statuses, and the exit code. */
async function count(files: readonly { status: string; tests: readonly string[] }[]) {
  const report = join(directory, "report.json");
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((result) => ({ status: result })),
  }));
  await writeFile(report, JSON.stringify({ testResults }));
  const { stdout, exitCode } = await execa("node", [COUNT_TESTS, report], { reject: false });
  return [stdout, exitCode];
}

test("counts each test once", async () => {
  const files = [
    { status: "passed", tests: ["passed", "passed", "skipped", "todo"] },
    { status: "passed", tests: ["passed"] },
  ];
  expect(await count(files)).toEqual(["3 passed, 0 failed, 2 skipped", 0]);
});

test("a file that couldn't be loaded or leaked counts as failed", async () => {
  const files = [
    { status: "failed", tests: [] },
    { status: "failed", tests: ["passed"] },
    { status: "failed", tests: ["passed", "failed"] },
  ];
  expect(await count(files)).toEqual(["2 passed, 3 failed", 1]);
});

test("a run of no tests, and one without a report, fails", async () => {
  expect(await count([])).toEqual(["0 passed, 0 failed", 1]);
  const missing = join(directory, "missing.json");
  const { stdout, exitCode } = await execa("node", [COUNT_TESTS, missing], { reject: false });
  expect([stdout, exitCode]).toEqual(["0 passed, 0 failed", 1]);
});
