/** argv → command → exit code; the only reader of `process.*`. */
import { setMaxListeners } from "node:events";
import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { defineInit } from "./arguments/init-command.ts";
import { defineMigrationCommands } from "./arguments/migration-commands.ts";
import type { CommandLine, CreateReporter, SharedOptions } from "./arguments/options.ts";
import { definePr } from "./arguments/pr-command.ts";
import { defineReconcile } from "./arguments/reconcile-command.ts";
import { defineServe } from "./arguments/serve-command.ts";
import { systemClock } from "./base/clock.ts";
import { errorMessage, ExitCode, UserError } from "./base/errors.ts";
import { describeProcess } from "./base/process-identity.ts";
import { Redactor } from "./base/redact.ts";
import { safeLines, withoutCommands } from "./base/safe-text.ts";
import type { CommandContext } from "./commands/command-context.ts";
import { ProgressStream } from "./commands/progress-stream.ts";

/** For what ends by itself, such as output that is being written. */
const LEAVE_WITHIN_MS = 1_000;

const redactor = new Redactor();
const stop = new AbortController();
setMaxListeners(0, stop.signal);
const isGithubActions = process.env.GITHUB_ACTIONS === "true";
const progressStream = new ProgressStream({
  write: (text) => process.stderr.write(forLog(text)),
});

function writeResult(text: string): void {
  process.stdout.write(forLog(redactor.redact(text)));
}

function annotate(commands: string): void {
  if (isGithubActions) process.stdout.write(redactor.redact(commands));
}

/** What names and messages say is no command to whoever reads the log. */
function forLog(text: string): string {
  return isGithubActions ? withoutCommands(text) : text;
}

async function createContext(
  migrationName: string | undefined,
  options: SharedOptions,
): Promise<CommandContext> {
  const { createLogger } = await import("./base/log.ts");
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
    // Zero where the terminal does not know.
    columns: process.stdout.columns || 80,
    stdout: writeResult,
    annotate,
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

function createProgram(cli: CommandLine): Command {
  const program = new Command("mongoferry")
    .description("Moves MongoDB deployments, driven by specs in a git repository.")
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError("(run with --help for the options)");
  defineMigrationCommands(program, cli);
  definePr(program, cli);
  defineReconcile(program, cli);
  defineServe(program, cli);
  defineInit(program, cli);
  return program;
}

async function loadReporters(): Promise<CreateReporter> {
  const { createProgressReporter } = await import("./commands/progress-reporter.ts");
  return ({ logger }, logFormat, isAlone) =>
    createProgressReporter({
      isTerminal: process.stderr.isTTY && isAlone,
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

/** Every error ends here, redacted and without control characters (I9). */
function reportError(error: unknown): ExitCode {
  const text = safeLines(redactor.redact(errorMessage(error))).join("\n");
  process.stderr.write(forLog(`mongoferry: ${text}\n`));
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
  const program = createProgram({
    cwd: process.cwd(),
    annotate,
    createContext,
    loadReporters,
    stdout: writeResult,
    setExitCode: (code) => {
      process.exitCode = code;
    },
    leave: (code) => {
      process.exitCode = code;
      setTimeout(() => process.exit(code), LEAVE_WITHIN_MS).unref();
    },
  });
  await program.parseAsync(process.argv);
} catch (error) {
  // Commander has printed its own errors and, for --help and --version, what was asked for.
  process.exitCode =
    error instanceof CommanderError ? Math.min(error.exitCode, 1) : reportError(error);
}
