import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger, type Logger } from "../../src/base/log.ts";
import { Redactor } from "../../src/base/redact.ts";
import { createProgressReporter } from "../../src/commands/progress-reporter.ts";
import { ProgressStream } from "../../src/commands/progress-stream.ts";
import type { ProgressReporter } from "../../src/report/progress-model.ts";
import { copied, progressOf } from "../report/sample-progress.ts";
import { FakeTerminal } from "./fake-terminal.ts";

interface Opened {
  readonly terminal: FakeTerminal;
  readonly logger: Logger;
  readonly reporter: ProgressReporter;
}

function open(columns = 80, rows = 24): Opened {
  const terminal = new FakeTerminal(columns, rows);
  const stream = new ProgressStream(terminal);
  const clock = { now: () => new Date(0), monotonicMs: () => Date.now() };
  const logger = createLogger({
    format: "text",
    level: "info",
    redactor: new Redactor(),
    stream,
    clock,
  });
  const reporter = createProgressReporter({
    isTerminal: true,
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
    stream,
    logger,
    logFormat: "text",
    clock,
  });
  return { terminal, logger, reporter };
}

/** First words, without what moves. */
function labels(terminal: FakeTerminal): string[] {
  return terminal.lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, "").split("  ")[0] ?? "");
}

const many = (count: number, percent: number) =>
  Array.from({ length: count }, (_, i) => copied(`c${i}`, percent));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("progress bars", () => {
  it("show active collections above the total, at once and in one write", () => {
    const { terminal, reporter } = open();
    reporter.update([copied("a", 10), copied("b", 20), progressOf("c", { state: "pending" })]);
    expect(labels(terminal)).toEqual(["store.a", "store.b", "total 0/3"]);
    expect(terminal.writeCount).toBe(1);
    reporter.stop();
  });

  it("move on, and take away those that are done", () => {
    const { terminal, reporter } = open();
    reporter.update([copied("a", 10), copied("b", 20)]);
    vi.advanceTimersByTime(1000);
    reporter.update([copied("a", 100, { state: "done" }), copied("b", 40)]);
    vi.advanceTimersByTime(500);
    expect(labels(terminal)).toEqual(["store.b", "total 1/2"]);
    expect(terminal.lines[0]).toMatch(/ 40 % +200 docs\/s +0\.2 MB\/s +3 s left$/);
    reporter.stop();
  });

  it("leave four rows to the rest, and say how many are not shown", () => {
    const { terminal, reporter } = open(80, 10);
    reporter.update(many(60, 10));
    expect(terminal.lines).toHaveLength(7);
    expect(terminal.lines.at(-1)).toMatch(/^total 0\/60 \+54 /);
    reporter.stop();
  });

  it("show the total alone on a terminal without room", () => {
    const { terminal, reporter } = open(20, 2);
    reporter.update(many(3, 10));
    expect(terminal.lines).toHaveLength(1);
    reporter.stop();
  });

  it("keep log lines above, whole and in order", () => {
    const { terminal, logger, reporter } = open(60);
    const long = `long ${"x".repeat(100)} end`;
    logger.info("before");
    reporter.update(many(3, 10));
    logger.warn("first");
    reporter.note(long);
    vi.advanceTimersByTime(2000);
    reporter.update(many(2, 20));
    logger.info("last");
    reporter.stop();
    logger.info("after");
    expect(terminal.lines.join("")).toContain(long);
    const whole = labels(terminal).filter((label) => !/long|x|end/.test(label));
    expect(whole).toEqual([
      "INFO: before",
      "WARN: first",
      "INFO: last",
      "total 0/2",
      "INFO: after",
    ]);
  });

  it("end with the total, the cursor beneath and wrapping on", () => {
    const { terminal, reporter } = open();
    reporter.update(many(10, 50));
    reporter.update(many(10, 100).map((item) => ({ ...item, state: "done" as const })));
    reporter.stop();
    reporter.stop();
    expect(terminal.lines).toHaveLength(1);
    expect(terminal.lines[0]).toMatch(/^total 10\/10 .* 100 % .* done$/);
    expect(terminal.cursor).toEqual({ row: 1, column: 0 });
    expect(terminal.isWrapping).toBe(true);
  });

  it("leave wrapping on between frames, so that a kill does no harm", () => {
    const { terminal, reporter } = open();
    reporter.update(many(3, 50));
    expect(terminal.isWrapping).toBe(true);
    reporter.stop();
  });

  it("follow a terminal that is made smaller", () => {
    const { terminal, reporter } = open(80, 24);
    reporter.update(many(12, 10));
    terminal.columns = 50;
    terminal.rows = 9;
    vi.advanceTimersByTime(1000);
    reporter.update(many(12, 20));
    vi.advanceTimersByTime(1000);
    expect(terminal.lines.slice(-6).every((line) => line.length <= 50)).toBe(true);
    expect(labels(terminal).at(-1)).toContain("total");
    reporter.stop();
  });

  it("redraw twice a second at most, however often they are updated", () => {
    const { terminal, reporter } = open();
    for (let i = 0; i < 1000; i += 1) {
      reporter.update(many(5, i / 20));
      vi.advanceTimersByTime(10);
    }
    expect(terminal.writeCount).toBeLessThan(25);
    reporter.stop();
  });

  it("draw nothing where nothing was ever reported, or after the end", () => {
    const { terminal, reporter } = open();
    reporter.stop();
    reporter.update(many(1, 1));
    expect(terminal.writeCount).toBe(0);
  });
});
