/** argv → command → exit code; the only reader of `process.*`. */
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { systemClock } from "./base/clock.ts";
import { errorMessage, ExitCode, UserError } from "./base/errors.ts";
import { createLogger, type LogFormat, type LogLevel } from "./base/log.ts";
import { describeProcess } from "./base/process-identity.ts";
import { Redactor } from "./base/redact.ts";
import { safeLines } from "./base/safe-text.ts";
import { runApply } from "./commands/apply.ts";
import type { CommandContext } from "./commands/command-context.ts";
import { runCutover } from "./commands/cutover.ts";
import { runDrift } from "./commands/drift.ts";
import { runPlan } from "./commands/plan.ts";
import { runPrecheckCommand } from "./commands/precheck.ts";
import { createProgressReporter } from "./commands/progress-reporter.ts";
import { ProgressStream } from "./commands/progress-stream.ts";
import { runStatus } from "./commands/status.ts";
import { runValidate } from "./commands/validate.ts";
import { runVerify } from "./commands/verify.ts";

interface SharedOptions {
  readonly file: readonly string[];
  readonly output: "text" | "json";
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
}

interface VerifyOptions {
  readonly mode?: "full" | "sample";
  readonly limit: number;
  readonly showValues: boolean;
  readonly resume?: boolean;
  readonly restart?: boolean;
}

const redactor = new Redactor();
const stop = new AbortController();
setMaxListeners(0, stop.signal);
const progressStream = new ProgressStream(process.stderr);

function writeResult(text: string): void {
  process.stdout.write(redactor.redact(text));
}

function createContext(migrationName: string | undefined, options: SharedOptions): CommandContext {
  return {
    env: process.env,
    cwd: process.cwd(),
    redactor,
    stop: stop.signal,
    holder: { identity: describeProcess(process.pid), isProcessAlive },
    specPaths: options.file,
    migrationName: migrationName ?? null,
    output: options.output,
    useColor: hasColor(process.stdout),
    columns: process.stdout.columns ?? 80,
    stdout: writeResult,
    logger: createLogger({
      format: options.logFormat,
      level: options.logLevel,
      redactor,
      stream: progressStream,
      useColor: hasColor(process.stderr),
    }),
  };
}

/** A process that belongs to somebody else is alive too. */
function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function hasColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env.NO_COLOR === undefined && process.env.TERM !== "dumb";
}

/** The first signal ends the work at the next safe point, the second one at once. */
function handleSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(ExitCode.killed);
      progressStream.write("Stopping after what is under way. Once more to leave at once.\n");
      stop.abort(new Error("interrupted"));
    });
  }
}

function createProgram(setExitCode: (code: ExitCode) => void): Command {
  const program = new Command("mongoferry")
    .description("Moves MongoDB deployments, driven by specs in a git repository.")
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError("(run with --help for the options)");

  program
    .command("validate")
    .description("check spec files without connecting anywhere")
    .argument("[paths...]", "files and directories (default: migrations/)")
    .addOption(outputOption())
    .action(async (paths: readonly string[], options: Pick<SharedOptions, "output">) => {
      setExitCode(
        await runValidate({
          paths,
          cwd: process.cwd(),
          output: options.output,
          isGithubActions: process.env.GITHUB_ACTIONS === "true",
          stdout: writeResult,
        }),
      );
    });

  migrationCommand(program, "precheck", "look for anything in the way; writes nothing").action(
    async (name: string | undefined, options: SharedOptions) => {
      setExitCode(await runPrecheckCommand(createContext(name, options)));
    },
  );

  migrationCommand(program, "plan", "show what would be created, copied and replaced")
    .option("--drift", "show what differs since the migration has completed", false)
    .option("--detailed-exitcode", "exit with 2 when there are changes, or drift", false)
    .action(
      async (
        name: string | undefined,
        options: SharedOptions & { readonly drift: boolean; readonly detailedExitcode: boolean },
      ) => {
        const isDetailedExitCode = options.detailedExitcode;
        const context = { ...createContext(name, options), isDetailedExitCode };
        setExitCode(await (options.drift ? runDrift : runPlan)(context));
      },
    );

  migrationCommand(program, "apply", "run the migration, or go on with it")
    .option("--plan-digest <digest>", "run only if the plan still has this digest", parseDigest)
    .action(
      async (
        name: string | undefined,
        options: SharedOptions & { readonly planDigest?: string },
      ) => {
        const context = createContext(name, options);
        setExitCode(
          await runApply({
            ...context,
            planDigest: options.planDigest ?? null,
            createReporter: () => createReporter(context, options.logFormat),
          }),
        );
      },
    );

  migrationCommand(program, "cutover", "show what a cutover would do, and how long it would take")
    .option("--dry-run", "needed: what is done is asked for in the spec", false)
    .action(
      async (name: string | undefined, options: SharedOptions & { readonly dryRun: boolean }) => {
        const context = { ...createContext(name, options), isDryRun: options.dryRun };
        setExitCode(await runCutover(context));
      },
    );

  migrationCommand(program, "status", "show phase, progress, limits and history")
    .option(
      "--set <limit=value>",
      "hold another limit from now on, such as limits.workers=2 (repeatable)",
      collect,
      [],
    )
    .option(
      "--unset <limit>",
      "hold what the spec says again, for limits.NAME or all limits (repeatable)",
      collect,
      [],
    )
    .action(
      async (
        name: string | undefined,
        options: SharedOptions & {
          readonly set: readonly string[];
          readonly unset: readonly string[];
        },
      ) => {
        const { set, unset } = options;
        setExitCode(await runStatus({ ...createContext(name, options), set, unset }));
      },
    );

  migrationCommand(program, "verify", "compare both sides, at rest or while apply follows")
    .addOption(
      new Option("--mode <mode>", "every document, or counts and some of them").choices([
        "full",
        "sample",
      ]),
    )
    .option("--limit <number>", "documents that differ listed per collection", parseLimit, 100)
    .option("--show-values", "show what differs, not only where", false)
    .addOption(new Option("--resume", "go on with an interrupted comparison").conflicts("restart"))
    .option("--restart", "begin anew, also where one was interrupted")
    .action(async (name: string | undefined, options: SharedOptions & VerifyOptions) => {
      const { mode = null, limit, showValues, resume, restart } = options;
      setExitCode(
        await runVerify({
          ...createContext(name, options),
          mode,
          limit,
          showsValues: showValues,
          resumes: resume === true ? "always" : restart === true ? "never" : "recent",
        }),
      );
    });
  return program;
}

function createReporter(
  { logger }: CommandContext,
  logFormat: LogFormat,
): ReturnType<typeof createProgressReporter> {
  return createProgressReporter({
    isTerminal: process.stderr.isTTY,
    get columns() {
      return process.stderr.columns ?? 0;
    },
    get rows() {
      return process.stderr.rows ?? 0;
    },
    stream: progressStream,
    logger,
    logFormat,
    clock: systemClock,
  });
}

function migrationCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("[migration]", "name of the migration (needless where there is only one)")
    .addOption(
      new Option("-f, --file <paths...>", "spec files and directories").default([], "migrations/"),
    )
    .addOption(outputOption())
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

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function outputOption(): Option {
  return new Option("-o, --output <format>", "results on standard output")
    .choices(["text", "json"])
    .default("text");
}

/** Keeps what is listed within what a terminal, and the metadata database, can hold. */
const MOST_LISTED = 100_000;

function parseLimit(text: string): number {
  const number = /^\d{1,6}$/u.test(text) ? Number(text) : Number.NaN;
  if (number <= MOST_LISTED) return number;
  throw new InvalidArgumentError(`A whole number up to ${MOST_LISTED}.`);
}

function parseDigest(text: string): string {
  if (/^[0-9a-f]{64}$/u.test(text)) return text;
  throw new InvalidArgumentError(
    "A plan digest has 64 hexadecimal digits; `mongoferry plan` prints it.",
  );
}

function readVersion(): string {
  const packageJson = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(packageJson) as { version: unknown }).version);
}

/** Every error ends here, redacted and without control characters (I9). */
function reportError(error: unknown): ExitCode {
  const text = safeLines(redactor.redact(errorMessage(error))).join("\n");
  process.stderr.write(`mongoferry: ${text}\n`);
  if (error instanceof UserError) return error.exitCode;
  return stop.signal.aborted ? ExitCode.interrupted : ExitCode.error;
}

/**
 * Whoever reads the output may leave, as `| head` does. Results then have no reader any more; log lines are not worth
 * ending a migration for.
 */
function surviveClosedPipes(): void {
  process.stdout.on("error", () => {
    process.exitCode ??= ExitCode.error;
  });
  process.stderr.on("error", () => {});
}

surviveClosedPipes();
handleSignals();
try {
  const program = createProgram((code) => {
    process.exitCode = code;
  });
  await program.parseAsync(process.argv);
} catch (error) {
  // Commander has printed its own errors and, for --help and --version, what was asked for.
  process.exitCode =
    error instanceof CommanderError ? Math.min(error.exitCode, 1) : reportError(error);
}
