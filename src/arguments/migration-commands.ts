/** The commands that work on specs and deployments from wherever they are started. */
import { type Command, Option } from "commander";
import {
  collect,
  type CommandLine,
  migrationCommand,
  outputOption,
  parseDigest,
  parseLimit,
  type SharedOptions,
} from "./options.ts";

interface VerifyOptions {
  readonly mode?: "full" | "sample";
  readonly limit: number;
  readonly showValues: boolean;
  readonly resume?: boolean;
  readonly restart?: boolean;
}

export function defineMigrationCommands(program: Command, cli: CommandLine): void {
  defineValidate(program, cli);
  definePrecheck(program, cli);
  definePlan(program, cli);
  defineApply(program, cli);
  defineCutover(program, cli);
  defineStatus(program, cli);
  defineVerify(program, cli);
}

function defineValidate(program: Command, cli: CommandLine): void {
  program
    .command("validate")
    .description("check spec files without connecting anywhere")
    .argument("[paths...]", "files and directories (default: migrations/)")
    .addOption(outputOption())
    .action(async (paths: readonly string[], options: Pick<SharedOptions, "output">) => {
      const { runValidate } = await import("../commands/validate.ts");
      cli.setExitCode(
        await runValidate({
          paths,
          cwd: cli.cwd,
          output: options.output,
          annotate: cli.annotate,
          stdout: cli.stdout,
        }),
      );
    });
}

function definePrecheck(program: Command, cli: CommandLine): void {
  migrationCommand(program, "precheck", "look for anything in the way; writes nothing").action(
    async (name: string | undefined, options: SharedOptions) => {
      const { runPrecheckCommand } = await import("../commands/precheck.ts");
      cli.setExitCode(await runPrecheckCommand(await cli.createContext(name, options)));
    },
  );
}

function definePlan(program: Command, cli: CommandLine): void {
  migrationCommand(program, "plan", "show what would be created, copied and replaced")
    .option("--drift", "show what differs since the migration has completed", false)
    .option("--detailed-exitcode", "exit with 2 when there are changes, or drift", false)
    .action(
      async (
        name: string | undefined,
        options: SharedOptions & { readonly drift: boolean; readonly detailedExitcode: boolean },
      ) => {
        const isDetailedExitCode = options.detailedExitcode;
        const context = { ...(await cli.createContext(name, options)), isDetailedExitCode };
        if (options.drift) {
          const { runDrift } = await import("../commands/drift.ts");
          cli.setExitCode(await runDrift(context));
        } else {
          const { runPlan } = await import("../commands/plan.ts");
          cli.setExitCode(await runPlan(context));
        }
      },
    );
}

function defineApply(program: Command, cli: CommandLine): void {
  migrationCommand(program, "apply", "run the migration, or go on with it")
    .option("--plan-digest <digest>", "run only if the plan still has this digest", parseDigest)
    .action(
      async (
        name: string | undefined,
        options: SharedOptions & { readonly planDigest?: string },
      ) => {
        const { runApply } = await import("../commands/apply.ts");
        const createReporter = await cli.loadReporters();
        const context = await cli.createContext(name, options);
        cli.setExitCode(
          await runApply({
            ...context,
            planDigest: options.planDigest ?? null,
            createReporter: () => createReporter(context, options.logFormat, true),
          }),
        );
      },
    );
}

function defineCutover(program: Command, cli: CommandLine): void {
  migrationCommand(program, "cutover", "show what a cutover would do, and how long it would take")
    .option("--dry-run", "needed: what is done is asked for in the spec", false)
    .action(
      async (name: string | undefined, options: SharedOptions & { readonly dryRun: boolean }) => {
        const { runCutover } = await import("../commands/cutover.ts");
        const context = { ...(await cli.createContext(name, options)), isDryRun: options.dryRun };
        cli.setExitCode(await runCutover(context));
      },
    );
}

function defineStatus(program: Command, cli: CommandLine): void {
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
        const { runStatus } = await import("../commands/status.ts");
        const { set, unset } = options;
        cli.setExitCode(
          await runStatus({ ...(await cli.createContext(name, options)), set, unset }),
        );
      },
    );
}

function defineVerify(program: Command, cli: CommandLine): void {
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
      const { runVerify } = await import("../commands/verify.ts");
      const { mode = null, limit, showValues, resume, restart } = options;
      cli.setExitCode(
        await runVerify({
          ...(await cli.createContext(name, options)),
          mode,
          limit,
          showsValues: showValues,
          resumes: resume === true ? "always" : restart === true ? "never" : "recent",
        }),
      );
    });
}
