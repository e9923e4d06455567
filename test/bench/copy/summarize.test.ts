import { describe, expect, it } from "vitest";
import type { CopyResults, Measurement, MethodName } from "../../../bench/copy/results.ts";
import { summarizeMethods, summarizeRatios } from "../../../bench/copy/summarize.ts";

const shape = { name: "1kb", description: "orders", documentCount: 1000, dataBytes: 1_024_000 };

function run(method: MethodName, round: number, seconds: number): Measurement {
  const usage = { cpuSeconds: seconds / 10, peakBytes: seconds * 1e6 };
  return { shape: "1kb", method, round, settings: {}, seconds, ...usage };
}

function resultsOf(measurements: readonly Measurement[]): CopyResults {
  return {
    benchmark: "copy",
    date: "2026-11-22T00:00:00.000Z",
    machine: { cores: 2, memoryBytes: 2 ** 33, cpuModel: "", platform: "", node: "" },
    mongod: "6.0.5",
    scale: 1,
    rounds: 3,
    shapes: [shape],
    absent: [],
    measurements,
  };
}

describe("summarizeMethods", () => {
  it("takes medians, so that one disturbed round does not count", () => {
    const results = resultsOf([run("ours", 1, 2), run("ours", 2, 20), run("ours", 3, 1)]);
    expect(summarizeMethods(results)).toMatchObject([
      { method: "ours", documentsPerSecond: 500, bytesPerSecond: 512_000, cpuSeconds: 0.2 },
    ]);
  });

  it("leaves unknown what no run could tell", () => {
    const unknown = { ...run("dump-restore", 1, 1), cpuSeconds: null, peakBytes: null };
    expect(summarizeMethods(resultsOf([unknown]))).toMatchObject([
      { cpuSeconds: null, peakBytes: null },
    ]);
  });
});

describe("summarizeRatios", () => {
  it("compares within a round, not medians with each other", () => {
    const results = resultsOf([
      run("ours", 1, 1),
      run("floor", 1, 0.9),
      run("ours", 2, 10),
      run("floor", 2, 8),
      run("ours", 3, 2),
      run("floor", 3, 1),
    ]);
    expect(summarizeRatios(results)).toEqual([
      { shape: "1kb", method: "ours", to: "floor", median: 0.8, least: 0.5, most: 0.9, goal: 0.75 },
    ]);
  });

  it("says nothing of a method that was not measured", () => {
    expect(summarizeRatios(resultsOf([run("ours", 1, 1)]))).toEqual([]);
  });

  it("means the two middle values where their number is even", () => {
    const results = resultsOf([
      run("ours", 1, 1),
      run("find-insert-many", 1, 3),
      run("ours", 2, 1),
      run("find-insert-many", 2, 4),
    ]);
    expect(summarizeRatios(results)).toMatchObject([{ to: "find-insert-many", median: 3.5 }]);
  });
});
