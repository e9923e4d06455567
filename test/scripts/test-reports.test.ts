import { expect, test } from "vitest";
// @ts-expect-error a script without types
import { updateDurations } from "../../scripts/test-reports.mjs";

const reportOf = (seconds: Readonly<Record<string, number>>) => ({
  testResults: Object.entries(seconds).map(([name, each]) => ({ name, seconds: each })),
});

test("durations are whole seconds, sorted by path, and take the reports' place for their files alone", () => {
  const table = { "b.test.ts": 9, "a.test.ts": 4 };
  const reports = [reportOf({ "c.test.ts": 2.6 }), reportOf({ "b.test.ts": 3.2 })];
  const durations = updateDurations(table, reports, () => true);
  expect(Object.entries(durations)).toEqual([
    ["a.test.ts", 4],
    ["b.test.ts", 3],
    ["c.test.ts", 3],
  ]);
});

test("a file that is short by now, or gone, leaves the table", () => {
  const table = { "a.test.ts": 9, "b.test.ts": 9 };
  const reports = [reportOf({ "a.test.ts": 0.4 })];
  expect(updateDurations(table, reports, (path: string) => path !== "b.test.ts")).toEqual({});
});

test("of a file that is in several reports, the longest run counts", () => {
  const reports = [reportOf({ "a.test.ts": 7 }), reportOf({ "a.test.ts": 5 })];
  expect(updateDurations({}, reports, () => true)).toEqual({ "a.test.ts": 7 });
});
