import * as fc from "fast-check";
import { expect, test } from "vitest";
import { longestFirst, splitShards, type TimedFile } from "./split-shards.ts";

const files: fc.Arbitrary<readonly TimedFile[]> = fc.uniqueArray(
  fc.record({
    path: fc.string({ minLength: 1 }),
    project: fc.constantFrom("unit", "integration", "waiting"),
    seconds: fc.nat({ max: 300 }),
  }),
  { selector: ({ path }) => path, maxLength: 60 },
);
const count = fc.integer({ min: 1, max: 6 });

const secondsOf = (some: readonly TimedFile[]): number =>
  some.reduce((sum, { seconds }) => sum + seconds, 0);

test("each file is in exactly one shard", () => {
  fc.assert(
    fc.property(files, count, (all, shards) => {
      const divided = splitShards(all, shards);
      expect(divided).toHaveLength(shards);
      expect(new Set(divided.flat())).toEqual(new Set(all));
      expect(divided.flat()).toHaveLength(all.length);
    }),
  );
});

test("shards are the same whatever the order in which files are found", () => {
  fc.assert(
    fc.property(files, count, (all, shards) => {
      expect(splitShards(all.toReversed(), shards)).toEqual(splitShards(all, shards));
    }),
  );
});

test("of each project, shards differ by its longest file at most", () => {
  fc.assert(
    fc.property(files, count, (all, shards) => {
      const divided = splitShards(all, shards);
      for (const project of ["unit", "integration", "waiting"]) {
        const own = (some: readonly TimedFile[]) => some.filter((each) => each.project === project);
        const loads = divided.map((shard) => secondsOf(own(shard)));
        const longest = Math.max(0, ...own(all).map(({ seconds }) => seconds));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(longest);
      }
    }),
  );
});

test("where a project is even, the shard with less of the others gets more", () => {
  const divided = splitShards(
    [
      { path: "a", project: "integration", seconds: 9 },
      { path: "b", project: "waiting", seconds: 5 },
    ],
    2,
  );
  expect(divided.map((shard) => shard.map(({ path }) => path))).toEqual([["a"], ["b"]]);
});

test("the longest file is first", () => {
  fc.assert(
    fc.property(files, (all) => {
      const seconds = longestFirst(all).map((file) => file.seconds);
      expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    }),
  );
});
