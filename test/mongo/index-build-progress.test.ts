import { describe, expect, it } from "vitest";
import { Long } from "mongodb";
import { shareOfBuild } from "../../src/mongo/index-build-progress.ts";

const at = (done: unknown, total: unknown) => ({ progress: { done, total } });

describe("shareOfBuild", () => {
  it.each([
    [[at(43, 100)], 0.43],
    [[at(Long.fromNumber(1), Long.fromNumber(4))], 0.25],
    [[at(90, 100), at(10, 100)], 0.1],
    [[at(12, 10)], 1],
    [[], null],
    [[{}, at(1, 0), at("x", 5), at(-1, 5)], null],
  ])("of %j is %j", (operations, share) => {
    expect(shareOfBuild(operations)).toBe(share);
  });
});
