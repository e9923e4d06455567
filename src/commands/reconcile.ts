import { appendFile } from "node:fs/promises";
import pLimit from "p-limit";
import { errorMessage, ExitCode, UserError } from "../base/errors.ts";
import { safeJson, safeText } from "../base/safe-text.ts";
import { prefixed } from "../base/log.ts";
import { changeRequestOf } from "../model/ci-job.ts";
import type { Migration } from "../model/migration.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import { describeReconciled, type Reconciled, worstExitCode } from "../report/reconciled.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { loadAdapters, openCodeHost } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import type { MergedReviews } from "./merged-review.ts";
import { openReviews } from "./open-reviews.ts";
import { branchReader } from "./read-spec.ts";
import { reconcileOne, type ReconcileOneTools } from "./reconcile-one.ts";
import { objectionOfProblems, readTask, SPECS_HAVE_PROBLEMS, type Task } from "./task.ts";
import { renderAnnotations, renderText } from "./validate.ts";

export interface ReconcileContext extends CommandContext {
  /** Only these; empty: all. */
  readonly names: readonly string[];
  /** Only tells which need work, for the matrix of a workflow. */
  readonly isList: boolean;
  /** After which work is interrupted, in milliseconds; null: never. */
  readonly deadlineMs: number | null;
  /** Migrations worked on at the same time. */
  readonly parallel: number;
  /** Workflow that is started where work is left at the deadline; null: none. */
  readonly dispatch: string | null;
  /** Whether nothing begins without a plan that was shown in a pull request. */
  readonly isApprovalRequired: boolean;
  /** @param isAlone - Whether nothing else is shown at the same time. */
  createReporter(context: CommandContext, isAlone: boolean): ProgressReporter;
}

/** Longer than a lease outlives its last renewal: the job before was killed, and this one would otherwise be for nothing. */
const WAITS_FOR_LEASE_MS = 75_000;

/** `mongoferry reconcile`: every migration of the repository that is not as its spec wants, until all are, or until the deadline. */
export async function runReconcile(context: ReconcileContext): Promise<ExitCode> {
  if (changeRequestOf(context.env) !== null) throw unreviewed();
  const loaded = await loadSpecs(context.specPaths, { cwd: context.cwd });
  sayProblems(loaded, context);
  const tasks = await listTasks(loaded, context);
  if (context.isList) return list(tasks, loaded, context);
  await loadAdapters();
  const deadline = new AbortController();
  const timer =
    context.deadlineMs === null
      ? undefined
      : setTimeout(() => deadline.abort(new Error("the deadline is reached")), context.deadlineMs);
  const stop = AbortSignal.any([context.stop, deadline.signal]);
  const reconciled = await workOn(tasks, loaded, { ...context, stop });
  clearTimeout(timer);
  if (deadline.signal.aborted && !context.stop.aborted) await handOver(reconciled, context);
  context.stdout(
    context.output === "json"
      ? `${safeJson({ migrations: reconciled }, 2)}\n`
      : describeReconciled(reconciled),
  );
  const own = loaded.problems.length > 0 ? [ExitCode.error] : [];
  return worstExitCode([...own, ...reconciled.map(({ exitCode }) => exitCode)]);
}

async function workOn(
  tasks: readonly Task[],
  loaded: LoadedSpecs,
  context: ReconcileContext,
): Promise<readonly Reconciled[]> {
  const reviews = await openReviews(context, loaded.connections);
  const isAlone = tasks.length === 1;
  const limit = pLimit(context.parallel);
  return Promise.all(
    tasks.map(async (task) =>
      limit(async (): Promise<Reconciled> => {
        const { migration, why } = task;
        const base = { migration: migration.name, why };
        if (context.stop.aborted) {
          const message = "there was no time left for it";
          return { ...base, phase: null, exitCode: ExitCode.interrupted, message };
        }
        const objection = objectionOfProblems(task, loaded.problems.length > 0);
        if (objection !== null) {
          return { ...base, phase: null, exitCode: ExitCode.error, message: objection };
        }
        return {
          ...base,
          ...(await reconcileOne(migration, toolsFor(task, reviews, isAlone, context))),
        };
      }),
    ),
  );
}

function toolsFor(
  { migration, begunWith }: Task,
  reviews: MergedReviews | null,
  isAlone: boolean,
  context: ReconcileContext,
): ReconcileOneTools {
  const logger = isAlone ? context.logger : prefixed(context.logger, `${migration.name}: `);
  return {
    ...context,
    logger,
    reviews,
    begunWith,
    waitsForLeaseMs: WAITS_FOR_LEASE_MS,
    createReporter: () => context.createReporter({ ...context, logger }, isAlone),
    openSpecs: async (wired) => {
      const files = await wired.openSpecFiles();
      const readNow = branchReader(files, context.cwd);
      return { readNow, lastCommit: () => files?.lastCommit ?? null };
    },
  };
}

async function listTasks(
  { migrations }: LoadedSpecs,
  context: ReconcileContext,
): Promise<readonly Task[]> {
  const { names } = context;
  const unknown = names.find((name) => !migrations.some((each) => each.name === name));
  if (unknown !== undefined) throw unknownMigration(unknown, migrations);
  const chosen = migrations.filter(({ name }) => names.length === 0 || names.includes(name));
  const tasks = await Promise.all(chosen.map(async (migration) => readTask(migration, context)));
  return tasks.filter((task) => task !== null);
}

async function list(
  tasks: readonly Task[],
  { problems }: LoadedSpecs,
  { stdout, env, redactor }: ReconcileContext,
): Promise<ExitCode> {
  const include = tasks.map(({ migration, why }) => ({ migration: migration.name, why }));
  const matrix = redactor.redact(JSON.stringify({ include }));
  stdout(`${matrix}\n`);
  if (env.GITHUB_OUTPUT) {
    await appendFile(env.GITHUB_OUTPUT, `matrix=${matrix}\nany=${include.length > 0}\n`);
  }
  return problems.length > 0 ? ExitCode.error : ExitCode.done;
}

/** Whatever goes wrong here, a schedule begins it again later. */
async function handOver(
  reconciled: readonly Reconciled[],
  context: ReconcileContext,
): Promise<void> {
  const { dispatch, env, logger, names } = context;
  const isLeft = reconciled.some(({ exitCode }) => exitCode === ExitCode.interrupted);
  const host = dispatch === null || !isLeft ? null : await openCodeHost(context);
  if (dispatch === null || host === null) return;
  try {
    const [only] = names;
    const inputs: Record<string, string> =
      names.length === 1 && only !== undefined ? { migration: only } : {};
    const outcome = await host.dispatchWorkflow(dispatch, env.GITHUB_REF_NAME ?? "main", inputs);
    if (outcome.kind === "done") logger.info(`More to do: ${dispatch} is started again`);
    else logger.warn(`${dispatch} could not be started again: ${outcome.reason}`);
  } catch (error) {
    logger.warn(`${dispatch} could not be started again: ${errorMessage(error)}`);
  }
}

function sayProblems(
  loaded: LoadedSpecs,
  { logger, stdout, annotate, output, isList }: ReconcileContext,
): void {
  if (loaded.problems.length === 0) return;
  logger.error(SPECS_HAVE_PROBLEMS);
  if (output === "json") return;
  // A list is for programs; those of GitHub's workflows are told it otherwise.
  if (!isList) stdout(renderText(loaded));
  annotate(renderAnnotations(loaded.problems));
}

function unreviewed(): UserError {
  return new UserError({
    code: "not-merged",
    place: "environment",
    problem: "this job is for a request to merge, and what nobody has merged is not worked on",
    remedy: "Run `mongoferry pr` there, and `mongoferry reconcile` in jobs of the branch",
  });
}

function unknownMigration(name: string, migrations: readonly Migration[]): UserError {
  const names = migrations.map((each) => each.name).join(", ");
  return new UserError({
    code: "unknown-migration",
    place: "argument",
    problem: `there is no migration ${safeText(name)} that can be read`,
    remedy: names === "" ? "Write a spec of kind Migration" : `There are: ${names}`,
  });
}
