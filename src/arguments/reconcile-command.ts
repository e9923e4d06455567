import type { Command } from "commander";
import {
  type CommandLine,
  DEFAULT_PARALLEL,
  parseCount,
  parseDuration,
  type SharedOptions,
  withSharedOptions,
} from "./options.ts";

interface ReconcileOptions extends SharedOptions {
  readonly list: boolean;
  readonly deadline?: number;
  readonly parallel: number;
  readonly dispatch?: string;
  readonly requireApproval: boolean;
}

export function defineReconcile(program: Command, cli: CommandLine): void {
  withSharedOptions(
    program
      .command("reconcile")
      .description("work on every migration of the repository that is not as its spec wants")
      .argument("[migrations...]", "only these"),
  )
    .option("--list", "only name those that need work, as the matrix of a workflow", false)
    .option(
      "--deadline <duration>",
      "interrupt the work after this time, as in 330m",
      parseDuration,
    )
    .option("--parallel <number>", "migrations at the same time", parseCount, DEFAULT_PARALLEL)
    .option(
      "--dispatch <workflow>",
      "start this workflow file again for what is left at the deadline",
    )
    .option(
      "--require-approval",
      "begin nothing whose plan no merged pull request has shown",
      false,
    )
    .action(async (names: readonly string[], options: ReconcileOptions) => {
      const { runReconcile } = await import("../commands/reconcile.ts");
      const createReporter = await cli.loadReporters();
      const { list, deadline = null, parallel, dispatch = null, requireApproval } = options;
      cli.setExitCode(
        await runReconcile({
          ...(await cli.createContext(undefined, options)),
          names,
          isList: list,
          deadlineMs: deadline,
          parallel,
          dispatch,
          isApprovalRequired: requireApproval,
          createReporter: (context, isAlone) => createReporter(context, options.logFormat, isAlone),
        }),
      );
    });
}
