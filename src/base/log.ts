import { pino } from "pino";
import pinoPretty from "pino-pretty";
import { type Clock, systemClock } from "./clock.ts";
import { errorMessage } from "./errors.ts";
import type { Redactor } from "./redact.ts";
import { safeJson, safeLines, safeText } from "./safe-text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "text" | "json";
export type LogFields = Readonly<Record<string, unknown>>;

/** What the program logs through. An error goes into the field `error`, with its causes. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Where lines go: standard error, or a stream that keeps lines and progress bars apart. */
export interface LogStream {
  write(text: string): unknown;
}

export interface LoggerOptions {
  /** `json`: one object a line with `level`, `time` (ISO 8601), `msg` and the fields. `text`: for people, local time. */
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly redactor: Redactor;
  readonly stream: LogStream;
  /** Only for `text`. */
  readonly useColor?: boolean;
  readonly clock?: Clock;
}

type LogRecord = Readonly<Record<string, unknown>>;

/** Fields of every line, which the fields of a call must not take the place of. */
const RESERVED = new Set(["level", "time", "msg"]);
const MAX_CAUSES = 8;

/**
 * A logger that hides secrets in every string and key of every line (I9), and whose lines can't control a terminal.
 * Each line is handed to the stream before the call returns, so that none is lost when the process ends by itself.
 */
export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock;
  const formatLine = options.format === "json" ? formatJsonLine : createTextFormatter(options);
  const target = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
    },
    {
      write(line: string): void {
        const record = redactRecord(JSON.parse(line) as LogRecord, options.redactor);
        options.stream.write(formatLine(record));
      },
    },
  );
  return {
    debug: (message, fields) => target.debug(toLogFields(fields), message),
    info: (message, fields) => target.info(toLogFields(fields), message),
    warn: (message, fields) => target.warn(toLogFields(fields), message),
    error: (message, fields) => target.error(toLogFields(fields), message),
  };
}

/** The same logger for one of several things that go on at the same time. */
export function prefixed(logger: Logger, prefix: string): Logger {
  return {
    debug: (message, fields) => logger.debug(`${prefix}${message}`, fields),
    info: (message, fields) => logger.info(`${prefix}${message}`, fields),
    warn: (message, fields) => logger.warn(`${prefix}${message}`, fields),
    error: (message, fields) => logger.error(`${prefix}${message}`, fields),
  };
}

function toLogFields(fields: LogFields = {}): Record<string, unknown> {
  const entries = Object.entries(fields).map(([key, value]) => [
    RESERVED.has(key) ? `${key}_` : key,
    value instanceof Error ? describeError(value, MAX_CAUSES) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Chosen properties only: a driver's errors carry whole server replies, and these carry users' documents. */
function describeError(error: unknown, causesLeft: number): unknown {
  if (!(error instanceof Error)) return errorMessage(error);
  const parts = error instanceof AggregateError ? error.errors : [];
  return {
    type: error.name,
    message: error.message,
    ...("code" in error && { code: error.code }),
    stack: error.stack,
    ...(parts.length > 0 &&
      causesLeft > 0 && {
        errors: parts.slice(0, MAX_CAUSES).map((part) => describeError(part, causesLeft - 1)),
      }),
    ...(error.cause !== undefined &&
      causesLeft > 0 && { cause: describeError(error.cause, causesLeft - 1) }),
  };
}

/** Works on values, not on the finished line: a short secret could otherwise break the JSON around it. */
function redactRecord(record: LogRecord, redactor: Redactor): LogRecord {
  const entries = Object.entries(record).map(([key, value]) =>
    key === "level" || key === "time"
      ? [key, value]
      : [RESERVED.has(key) ? key : redactor.redact(key), redactValue(value, redactor)],
  );
  return Object.fromEntries(entries);
}

function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [
      redactor.redact(key),
      redactValue(item, redactor),
    ]);
    return Object.fromEntries(entries);
  }
  const text = String(value);
  const redacted = redactor.redact(text);
  return redacted === text ? value : redacted;
}

function formatJsonLine(record: LogRecord): string {
  return `${safeJson(record)}\n`;
}

/** Gives pino-pretty the message only: it would print some field names (`name`, `pid`, `caller`) unescaped. */
function createTextFormatter(options: LoggerOptions): (record: LogRecord) => string {
  const hasStacks = options.level === "debug";
  const pretty = pinoPretty.prettyFactory({
    colorize: options.useColor ?? false,
    translateTime: "SYS:HH:MM:ss",
    customPrettifiers: { time: (time) => String(time) },
  });
  return (record) => {
    const line = {
      level: record["level"],
      time: record["time"],
      msg: formatMessage(record, hasStacks),
    };
    return options.redactor.redact(pretty(line));
  };
}

function formatMessage(record: LogRecord, hasStacks: boolean): string {
  const fields = Object.entries(record)
    .filter(([key]) => !RESERVED.has(key))
    .map(([key, value]) => ` ${safeText(key)}=${formatField(value)}`);
  const stacks = hasStacks ? Object.values(record).flatMap(listStacks) : [];
  return [`${safeText(String(record["msg"]))}${fields.join("")}`, ...stacks].join("\n    ");
}

function formatField(value: unknown): string {
  if (isErrorRecord(value)) return `"${safeText(summarizeError(value))}"`;
  if (typeof value === "string") return quoteIfNeeded(safeText(value));
  return safeJson(value);
}

function quoteIfNeeded(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : `"${text}"`;
}

interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

function isErrorRecord(value: unknown): value is ErrorRecord {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}

/** Message and those of the causes that it does not quote already. */
function summarizeError(error: ErrorRecord): string {
  const cause = isErrorRecord(error.cause) ? summarizeError(error.cause) : error.cause;
  const message = error.message === "" ? error.type : error.message;
  if (typeof cause !== "string" || message.includes(cause)) return message;
  return `${message} (cause: ${cause})`;
}

function listStacks(value: unknown): string[] {
  if (!isErrorRecord(value)) return [];
  const causes = listStacks(value.cause).map((line, index) =>
    index === 0 ? `caused by ${line}` : line,
  );
  return [...safeLines(value.stack ?? ""), ...causes];
}
