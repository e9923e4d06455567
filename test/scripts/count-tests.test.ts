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

interface ReportedFile {
  readonly status: string;
  readonly tests: readonly string[];
  readonly name?: string;
  readonly seconds?: number | undefined;
  readonly startTime?: number;
  readonly endTime?: number;
}

async function writeReport(name: string, files: readonly ReportedFile[]): Promise<string> {
  const testResults = files.map(({ tests, ...file }) => ({
    name: "test/a.test.ts",
    seconds: 1,
    ...file,
    assertionResults: tests.map((status) => ({ status, fullName: `is ${status}` })),
  }));
  const path = join(directory, name);
  await writeFile(path, JSON.stringify({ testResults }));
  return path;
}

/** The lines that are printed for these reports, and the exit code. */
async function count(...reports: readonly string[]) {
  const { stdout, exitCode } = await execa("node", [COUNT_TESTS, ...reports], { reject: false });
  return { lines: stdout.split("\n"), exitCode };
}

test("ends with the totals of all reports", async () => {
  const first = await writeReport("first.json", [
    { status: "passed", tests: ["passed", "passed", "skipped", "todo"] },
  ]);
  const second = await writeReport("second.json", [{ status: "passed", tests: ["passed"] }]);
  const { lines, exitCode } = await count(first, second);
  expect([lines.at(-1), exitCode]).toEqual(["3 passed, 0 failed, 2 skipped", 0]);
});

test("lists the ten slowest files of all reports right before the totals", async () => {
  const files = Array.from({ length: 8 }, (_, at) => ({ status: "passed", tests: ["passed"], at }));
  const first = await writeReport(
    "first.json",
    files.map(({ at, ...file }) => ({ ...file, name: `test/a${at}.test.ts`, seconds: at })),
  );
  const second = await writeReport(
    "second.json",
    files.map(({ at, ...file }) => ({ ...file, name: `test/b${at}.test.ts`, seconds: at * 20.04 })),
  );
  const { lines } = await count(first, second);
  expect(lines).toEqual([
    "Slowest test files:",
    "  140.3 s  test/b7.test.ts",
    "  120.2 s  test/b6.test.ts",
    "  100.2 s  test/b5.test.ts",
    "   80.2 s  test/b4.test.ts",
    "   60.1 s  test/b3.test.ts",
    "   40.1 s  test/b2.test.ts",
    "   20.0 s  test/b1.test.ts",
    "    7.0 s  test/a7.test.ts",
    "    6.0 s  test/a6.test.ts",
    "    5.0 s  test/a5.test.ts",
    "16 passed, 0 failed",
  ]);
});

test("a file that couldn't be loaded or leaked counts as failed", async () => {
  const report = await writeReport("report.json", [
    { status: "failed", tests: [] },
    { status: "failed", tests: ["passed"] },
    { status: "failed", tests: ["passed", "failed"] },
  ]);
  const { lines, exitCode } = await count(report);
  expect([lines.at(-1), exitCode]).toEqual(["2 passed, 3 failed", 1]);
});

test("names what failed", async () => {
  const report = await writeReport("report.json", [
    { status: "failed", tests: ["passed"] },
    { name: "test/b.test.ts", status: "failed", tests: ["passed", "failed"] },
  ]);
  const { lines } = await count(report);
  expect(lines.slice(0, 3)).toEqual(["Failed:", "test/a.test.ts", "test/b.test.ts > is failed"]);
});

test("takes vitest's own reports, too", async () => {
  const name = fileURLToPath(new URL("../b.test.ts", import.meta.url));
  const times = { seconds: undefined, startTime: 1_000, endTime: 3_500 };
  const { lines } = await count(
    await writeReport("own.json", [{ status: "passed", tests: ["passed"], name, ...times }]),
  );
  expect(lines).toEqual(["Slowest test files:", "    2.5 s  test/b.test.ts", "1 passed, 0 failed"]);
});

test("a run of no tests fails", async () => {
  expect(await count(await writeReport("none.json", []))).toEqual({
    lines: ["0 passed, 0 failed"],
    exitCode: 1,
  });
});

test("a missing report fails and is named, whatever the others say", async () => {
  const report = await writeReport("report.json", [{ status: "passed", tests: ["passed"] }]);
  const missing = join(directory, "missing.json");
  const { lines, exitCode } = await count(report, missing);
  expect(lines[1]).toContain(`no report ${missing}`);
  expect([lines.at(-1), exitCode]).toEqual(["1 passed, 1 failed", 1]);
});
