import { describe, expect, it } from "vitest";
import type { LogFields, LogFormat, Logger } from "../../src/base/log.ts";
import { createProgressReporter } from "../../src/commands/progress-reporter.ts";
import { ProgressStream } from "../../src/commands/progress-stream.ts";
import type { CollectionProgress } from "../../src/model/run.ts";
import { copied, progressOf } from "../report/sample-progress.ts";

type Line = readonly [string, LogFields | undefined];

function open(logFormat: LogFormat, isTerminal = false) {
  const lines: Line[] = [];
  let nowMs = 0;
  const log = (message: string, fields?: LogFields): void => {
    lines.push([message, fields]);
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const reporter = createProgressReporter({
    isTerminal,
    columns: 80,
    rows: 24,
    stream: new ProgressStream({ write: () => expect.unreachable() }),
    logger,
    logFormat,
    clock: { now: () => new Date(0), monotonicMs: () => nowMs },
  });
  const updateAt = (second: number, progress: readonly CollectionProgress[]): void => {
    nowMs = second * 1000;
    reporter.update(progress);
  };
  return { lines, reporter, updateAt };
}

describe("progress lines", () => {
  it("come at the start, every ten seconds and at the end, with a few collections", () => {
    const { lines, reporter, updateAt } = open("text");
    const slow = ["c", "d", "e"].map((coll) => progressOf(coll));
    for (let second = 0; second <= 15; second += 0.5) {
      updateAt(second, [copied("a", 1.2 * second), copied("b", 2 * second), ...slow]);
    }
    reporter.stop();
    reporter.stop();
    updateAt(60, []);
    expect(lines.map(([message]) => message)).toEqual([
      "progress: 0 of 5 collections, 0 %",
      "progress: store.a, 0 %",
      "progress: store.b, 0 %",
      "progress: store.c, 0 %",
      "progress: 0 of 5 collections, 6 %, 32 docs/s, 0 MB/s, 2 min left",
      "progress: store.a, 12 %, 12 docs/s, 0 MB/s, 1 min left",
      "progress: store.b, 20 %, 20 docs/s, 0 MB/s, 40 s left",
      "progress: store.c, 0 %, 0 docs/s, 0 MB/s",
      "progress: 0 of 5 collections, 9 %, 32 docs/s, 0 MB/s, 2 min left",
    ]);
    expect(lines.every(([, fields]) => fields === undefined)).toBe(true);
  });

  it.each([false, true])(
    "carry figures in fields in JSON, also on a terminal (%s)",
    (isTerminal) => {
      const { lines, reporter, updateAt } = open("json", isTerminal);
      updateAt(0, [copied("a", 0), progressOf("b", { state: "done" })]);
      updateAt(10, [copied("a", 50, { state: "copying" }), progressOf("b", { state: "done" })]);
      expect(lines.slice(2)).toEqual([
        [
          "progress",
          {
            percent: 75,
            documentsPerSecond: 50,
            bytesPerSecond: 50_000,
            etaSeconds: 10,
            doneCount: 1,
            collectionCount: 2,
            copiedDocuments: 500,
            documentCount: 2000,
            copiedBytes: 500_000,
            dataBytes: 2_000_000,
          },
        ],
        [
          "collection progress",
          {
            namespace: "store.a",
            state: "copying",
            indexShare: null,
            percent: 50,
            documentsPerSecond: 50,
            bytesPerSecond: 50_000,
            etaSeconds: 10,
          },
        ],
      ]);
      expect(lines[0]?.[1]).toMatchObject({ bytesPerSecond: null, etaSeconds: null });
      reporter.stop();
    },
  );

  it("say that indexes are being built, and that all is done", () => {
    const { lines, reporter, updateAt } = open("text");
    updateAt(0, [copied("a", 100, { state: "indexing" })]);
    updateAt(10, [copied("a", 100, { state: "indexing", indexShare: 0.439 })]);
    updateAt(11, [copied("a", 100, { state: "done" })]);
    reporter.stop();
    expect(lines.map(([message]) => message)).toEqual([
      "progress: 0 of 1 collections, 99 %",
      "progress: store.a, 100 %, indexing",
      "progress: 0 of 1 collections, 99 %, 0 docs/s, 0 MB/s",
      "progress: store.a, 100 %, 0 docs/s, 0 MB/s, indexing 43 %",
      "progress: 1 of 1 collections, 100 %, 0 docs/s, 0 MB/s, done",
    ]);
  });

  it("pass notes on, and say nothing at the end where nothing was reported", () => {
    const { lines, reporter } = open("text");
    reporter.note("hello");
    reporter.stop();
    expect(lines).toEqual([["hello", undefined]]);
  });
});
