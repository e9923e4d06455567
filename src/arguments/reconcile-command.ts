import { type Command, InvalidArgumentError } from "commander";
import { runReconcile } from "../commands/reconcile.ts";
import { type CommandLine, type SharedOptions, withSharedOptions } from "./options.ts";

interface ReconcileOptions extends SharedOptions {
  readonly list: boolean;
  readonly deadline?: number;
  readonly parallel: number;
  readonly dispatch?: string;
  readonly requireApproval: boolean;
}

const DEFAULT_PARALLEL = 8;
const MS_OF: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** What timers take. */
const LONGEST_MS = 2 ** 31 - 1;

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
      const { list, deadline = null, parallel, dispatch = null, requireApproval } = options;
      cli.setExitCode(
        await runReconcile({
          ...cli.createContext(undefined, options),
          names,
          isList: list,
          deadlineMs: deadline,
          parallel,
          dispatch,
          isApprovalRequired: requireApproval,
          createReporter: (context, isAlone) =>
            cli.createReporter(context, options.logFormat, isAlone),
        }),
      );
    });
}

function parseDuration(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smh])$/u.exec(text) ?? [];
  const ms = Number(amount) * (MS_OF[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError("A number with s, m or h, such as 90s or 330m, up to 24 days.");
}

function parseCount(text: string): number {
  const count = /^\d{1,3}$/u.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new InvalidArgumentError("A whole number from 1 to 999.");
}
