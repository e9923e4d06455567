import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("the table of durations is sorted, in whole seconds, and names files that exist", async () => {
  const text = await readFile(new URL("../durations.json", import.meta.url), "utf8");
  const durations = Object.entries(JSON.parse(text) as Record<string, number>);
  const paths = durations.map(([path]) => path);
  expect(paths).toEqual(paths.toSorted());
  expect(
    paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url))),
    "`node scripts/record-durations.mjs` removes them",
  ).toEqual([]);
  for (const [path, seconds] of durations) {
    expect(Number.isInteger(seconds) && seconds >= 1, path).toBe(true);
  }
});
