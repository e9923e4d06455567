/** What the arguments of several commands have in common. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "../base/errors.ts";
import type { LogFormat, LogLevel } from "../base/log.ts";
import type { CommandContext } from "../commands/command-context.ts";
import type { ProgressReporter } from "../report/progress-model.ts";

/** What commands are given of the process. */
export interface CommandLine {
  readonly cwd: string;
  annotate(commands: string): void;
  createContext(migrationName: string | undefined, options: SharedOptions): Promise<CommandContext>;
  loadReporters(): Promise<CreateReporter>;
  stdout(text: string): void;
  setExitCode(code: ExitCode): void;
  /** The same where nothing is to be waited for any more, such as a process that git has left behind. */
  leave(code: ExitCode): void;
}

/** @param isAlone - Whether nothing else is shown at the same time. */
export type CreateReporter = (
  context: CommandContext,
  logFormat: LogFormat,
  isAlone: boolean,
) => ProgressReporter;

export interface SharedOptions {
  readonly file: readonly string[];
  readonly output: "text" | "json";
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
}

/** A command about one migration. */
export function migrationCommand(program: Command, name: string, description: string): Command {
  return withSharedOptions(
    program
      .command(name)
      .description(description)
      .argument("[migration]", "name of the migration (needless where there is only one)"),
  );
}

/** Adds `SharedOptions`. */
export function withSharedOptions(command: Command): Command {
  return withLogOptions(command.addOption(fileOption()).addOption(outputOption()));
}

export function fileOption(): Option {
  return new Option("-f, --file <paths...>", "spec files and directories").default(
    [],
    "migrations/",
  );
}

export function withLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--log-format <format>", "log lines on standard error")
        .choices(["text", "json"])
        .default("text"),
    )
    .addOption(
      new Option("--log-level <level>", "least important lines that are logged")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    );
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "results on standard output")
    .choices(["text", "json"])
    .default("text");
}

export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Keeps what is listed within what a terminal, and the metadata database, can hold. */
const MOST_LISTED = 100_000;

export function parseLimit(text: string): number {
  const number = /^\d{1,6}$/u.test(text) ? Number(text) : Number.NaN;
  if (number <= MOST_LISTED) return number;
  throw new InvalidArgumentError(`A whole number up to ${MOST_LISTED}.`);
}

export function parseDigest(text: string): string {
  if (/^[0-9a-f]{64}$/u.test(text)) return text;
  throw new InvalidArgumentError(
    "A plan digest has 64 hexadecimal digits; `mongoferry plan` prints it.",
  );
}

/** Migrations worked on at the same time. */
export const DEFAULT_PARALLEL = 8;
const MS_OF: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** What timers take. */
const LONGEST_MS = 2 ** 31 - 1;

export function parseDuration(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smh])$/u.exec(text) ?? [];
  const ms = Number(amount) * (MS_OF[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError("A number with s, m or h, such as 90s or 330m, up to 24 days.");
}

export function parseCount(text: string): number {
  const count = /^\d{1,3}$/u.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new InvalidArgumentError("A whole number from 1 to 999.");
}
