import { beforeEach, describe, expect, it } from "vitest";
import { OperationError } from "../../src/base/errors.ts";
import { createLogger, type LogFormat, type Logger, type LogLevel } from "../../src/base/log.ts";
import { Redactor } from "../../src/base/redact.ts";

const SECRET = 'p@ss/"wörd"+1';
const clock = { now: () => new Date("2026-03-01T10:11:12Z"), monotonicMs: () => 0 };

let lines: string[];
let redactor: Redactor;

function open(format: LogFormat, level: LogLevel = "info"): Logger {
  const stream = { write: (text: string) => lines.push(text) };
  return createLogger({ format, level, redactor, stream, clock });
}

beforeEach(() => {
  lines = [];
  redactor = new Redactor();
});

describe("JSON lines", () => {
  it("hold level, time, message and fields, one object a line", () => {
    open("json").info("copied", { namespace: "shop.orders", documentCount: 3 });
    expect(lines).toEqual([
      '{"level":"info","time":"2026-03-01T10:11:12.000Z","namespace":"shop.orders","documentCount":3,"msg":"copied"}\n',
    ]);
  });

  it("hold errors with their causes, and nothing of a server's reply", () => {
    const reply = Object.assign(new Error("E11000"), { code: 11000, keyValue: { name: "Ann" } });
    const error = new OperationError({
      operation: "copy documents",
      object: "shop.orders",
      isRetryable: false,
      cause: reply,
    });
    open("json").error("stopped", { error });
    const record = JSON.parse(lines[0] ?? "");
    expect(record.error).toMatchObject({
      type: "OperationError",
      message: "copy documents failed on shop.orders: E11000",
      cause: { type: "Error", message: "E11000", code: 11000 },
    });
    expect(record.error.stack).toContain("log.test.ts");
    expect(lines[0]).not.toContain("Ann");
  });

  it("keep their own fields where a call's fields have the same names", () => {
    open("json").info("real", { level: "fatal", msg: "fake", time: 1 });
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: "2026-03-01T10:11:12.000Z",
      msg: "real",
      level_: "fatal",
      msg_: "fake",
      time_: 1,
    });
  });

  it("stay valid whatever the secret is", () => {
    for (const secret of ["123", "nfo", '":"', "info", "\\n\\n", "}\n}", "level"])
      redactor.add(secret);
    open("json").info("a\ninfo 123 }\n}", { count: 41_234, level: "x", nested: { nfo: true } });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "info",
      msg: "a\n[redacted] [redacted] [redacted]",
      count: "4[redacted]4",
    });
  });

  it("survive circular and huge fields", () => {
    const circular: Record<string, unknown> = { big: 10n };
    circular["self"] = circular;
    open("json").info("odd", { circular });
    expect(JSON.parse(lines[0] ?? "").circular.self).toBe("[Circular]");
  });

  it("end an error that is its own cause", () => {
    const error = new Error("loop");
    error.cause = error;
    open("json").error("odd", { error });
    expect(lines).toHaveLength(1);
  });
});

describe("text lines", () => {
  it("hold time, level, message and fields", () => {
    open("text").warn("slow", { namespace: "shop.orders", reason: "disk is full", count: 3 });
    expect(lines[0]).toMatch(
      /^\d\d:11:12 WARN: slow namespace=shop\.orders reason="disk is full" count=3\n$/,
    );
  });

  it("hold an error's message and the causes it does not quote", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    open("text").error("failed", { error });
    expect(lines[0]).toMatch(/ERROR: failed error="outer \(cause: inner\)"\n$/);
  });

  it("name the type of an error that has no message", () => {
    open("text").error("failed", { error: new AggregateError([]) });
    expect(lines[0]).toContain('error="AggregateError"');
  });

  it("hold stacks on level debug", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    open("text", "debug").debug("failed", { error });
    expect(lines[0]).toMatch(/\n {4}Error: outer\n {8}at /);
    expect(lines[0]).toContain("\n    caused by Error: inner\n");
  });

  it("cannot control the terminal", () => {
    open("text").info("a\u001b[2J\nINFO: fake", {
      name: "\u202ex\u009b",
      ["\u0007"]: { b: "\u200b" },
    });
    expect(lines[0]).toMatch(
      /INFO: a\\u001b\[2J\\nINFO: fake name=\\u202ex\\u009b \\u0007=\{"b":"\\u200b"\}\n$/,
    );
  });

  it("are coloured only when asked", () => {
    const stream = { write: (text: string) => lines.push(text) };
    createLogger({ format: "text", level: "info", redactor, stream, useColor: true }).info("hello");
    open("text").info("hello");
    expect(lines.map((line) => line.includes("\u001b["))).toEqual([true, false]);
  });
});

describe("levels", () => {
  it("leave out what is below", () => {
    const logger = open("json", "warn");
    logger.debug("no");
    logger.info("no");
    logger.warn("yes");
    logger.error("yes");
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["warn", "error"]);
  });
});

describe.each<LogFormat>(["text", "json"])("I9 secrets planted in %s lines", (format) => {
  const forms = [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)];

  it("are hidden wherever they stand", () => {
    redactor.add(SECRET);
    const inner = new Error(`auth failed for ${SECRET}`);
    const outer = new Error(`mongodb://u:${encodeURIComponent(SECRET)}@host`, { cause: inner });
    const logger = open(format, "debug");
    logger.info(`connecting with ${SECRET}`);
    logger.info("fields", { password: SECRET, nested: { list: [SECRET], [SECRET]: 1 } });
    logger.info("json in text", { body: JSON.stringify({ password: SECRET }) });
    logger.error("error", { error: outer });
    logger.error("many", { error: new AggregateError([inner, outer], SECRET) });
    logger.debug("text thrown", { error: new Error("x", { cause: SECRET }) });
    const output = lines.join("");
    expect(lines).toHaveLength(6);
    for (const form of forms) expect(output).not.toContain(form);
    expect(output).toContain("[redacted]");
  });
});
