import { appendFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage, ExitCode, UserError } from "../base/errors.ts";
import { safeJson, safeText } from "../base/safe-text.ts";
import { changeRequestOf, jobUrl } from "../model/ci-job.ts";
import type { Migration } from "../model/migration.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import type { Review } from "../model/review.ts";
import type { CodeHost } from "../ports.ts";
import { planMarker } from "../report/plan-comment-marker.ts";
import {
  isReviewBlocked,
  renderReviewComment,
  renderReviewSummary,
} from "../report/render-review-markdown.ts";
import { renderReviewText } from "../report/render-review-text.ts";
import { reviewToJson } from "../report/review-json.ts";
import { judgeReview } from "../report/review-verdict.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { openCodeHost, openSpecHistory } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { findChanges } from "./find-changes.ts";
import { type PullRequestEvent, readPullRequestEvent } from "./github-event.ts";
import { reviewChange } from "./review-change.ts";
import { renderAnnotations, renderJson, renderText } from "./validate.ts";

export interface PrContext extends CommandContext {
  /** What the change is compared with; null: the pull request's base, or `origin/main`. */
  readonly base: string | null;
  /** Only tells which migrations change, for the matrix of a workflow. */
  readonly isList: boolean;
  /** Receives the comments, for hosts other than GitHub. */
  readonly markdownFile: string | null;
}

/** What GitHub takes as the summary of one step is a megabyte, of all that are in it. */
const MOST_SUMMARY_BYTES = 900_000;

/** `mongoferry pr`: what a pull request would do, shown where it is reviewed. */
export async function runPr(context: PrContext): Promise<ExitCode> {
  const { env, cwd, specPaths } = context;
  const event = await readPullRequestEvent(env);
  const head = await loadSpecs(specPaths, { cwd });
  if (head.problems.length > 0) return invalid(head, context);
  const history = await openSpecHistory(context, head.connections);
  if (history === null) throw noRepository();
  const all = await findChanges(head, history, event, context);
  const name = context.migrationName;
  const changes = name === null ? all : all.filter((change) => change.name === name);
  if (context.isList) return list(changes, head.migrations, context);
  if (event?.isFork === true || changeRequestOf(env)?.isFork === true) {
    return validated(changes, context);
  }
  const commit = event?.headCommit ?? (await history.head());
  const reviews: Review[] = [];
  for (const change of changes) {
    const migration = head.migrations.find((each) => each.name === change.name) ?? null;
    reviews.push(await reviewChange(change, migration, commit, context));
  }
  await show(reviews, event, context);
  return exitCodeOf(reviews);
}

async function show(
  reviews: readonly Review[],
  event: PullRequestEvent | null,
  context: PrContext,
): Promise<void> {
  const { output, stdout, markdownFile, cwd, env } = context;
  stdout(
    output === "json"
      ? `${safeJson({ reviews: reviews.map(reviewToJson) }, 2)}\n`
      : renderReviewText(reviews, context),
  );
  const comments = reviews.map(renderReviewComment);
  if (markdownFile !== null) {
    await writeFile(resolve(cwd, markdownFile), `${comments.join("\n\n")}\n`);
  }
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary) {
    const most = Math.floor(MOST_SUMMARY_BYTES / Math.max(reviews.length, 1));
    const texts = reviews.map((each) => renderReviewSummary(each, most));
    await appendFile(summary, `${texts.join("\n\n")}\n`);
  }
  const host = await openCodeHost(context);
  if (event === null || host === null) return;
  for (const [position, each] of reviews.entries()) {
    await post(each, comments[position] ?? "", event, { ...context, host });
  }
}

/** What cannot be shown there is shown in the log and the summary: that never fails the run. */
async function post(
  { migration, ...rest }: Review,
  comment: string,
  event: PullRequestEvent,
  { host, logger, env }: PrContext & { readonly host: CodeHost },
): Promise<void> {
  const reviewed = { migration, ...rest };
  const status = {
    state: isReviewBlocked(reviewed) ? "failure" : "success",
    context: `mongoferry/${migration}`,
    description: safeText(judgeReview(reviewed).text),
    url: jobUrl(env),
  } as const;
  const attempts: readonly (readonly [string, () => ReturnType<CodeHost["setStatus"]>])[] = [
    ["comment", async () => host.upsertComment(event.number, planMarker(migration), comment)],
    ["commit status", async () => host.setStatus(event.headCommit, status)],
  ];
  for (const [what, attempt] of attempts) {
    try {
      const outcome = await attempt();
      if (outcome.kind === "refused") logger.warn(`No ${what} of ${migration}: ${outcome.reason}`);
    } catch (error) {
      logger.warn(`No ${what} of ${migration}: ${errorMessage(error)}`);
    }
  }
}

async function list(
  changes: readonly MigrationChange[],
  migrations: readonly Migration[],
  { stdout, env }: PrContext,
): Promise<ExitCode> {
  const matrix = JSON.stringify({ include: changes.map(({ name }) => ({ migration: name })) });
  stdout(`${matrix}\n`);
  if (env.GITHUB_OUTPUT) {
    const isCutover = changes.some((change) => asksForCutover(change, migrations));
    const lines = [`matrix=${matrix}`, `any=${changes.length > 0}`, `cutover=${isCutover}`];
    await appendFile(env.GITHUB_OUTPUT, `${lines.join("\n")}\n`);
  }
  return ExitCode.done;
}

function asksForCutover(change: MigrationChange, migrations: readonly Migration[]): boolean {
  const before = change.kind === "deleted" ? null : change.before;
  const after = migrations.find(({ name }) => name === change.name);
  return after?.desiredState === "cutover" && before?.desiredState !== "cutover";
}

function validated(changes: readonly MigrationChange[], { stdout, output }: PrContext): ExitCode {
  const why =
    "it comes from another repository, so that no secret is used: it is planned once it is merged";
  const names = changes.map(({ name }) => name);
  stdout(
    output === "json"
      ? `${safeJson({ reviews: [], onlyValidated: names, why }, 2)}\n`
      : `Valid, and not looked at further: ${why}. It changes: ${names.join(", ") || "no migration"}.\n`,
  );
  return ExitCode.done;
}

function invalid(loaded: LoadedSpecs, { stdout, output, annotate }: PrContext): ExitCode {
  stdout(output === "json" ? renderJson(loaded) : renderText(loaded));
  // On standard output of a job they are no part of a result that a program reads.
  if (output === "text") annotate(renderAnnotations(loaded.problems));
  return ExitCode.error;
}

function exitCodeOf(reviews: readonly Review[]): ExitCode {
  if (reviews.some(({ finding }) => finding.kind === "failed")) return ExitCode.error;
  return reviews.some(isReviewBlocked) ? ExitCode.blockedByPrecheck : ExitCode.done;
}

function noRepository(): UserError {
  return new UserError({
    code: "no-repository",
    place: "working directory",
    problem: "it is in no git repository, so that there is nothing to compare the specs with",
    remedy: "Run it in a clone of the repository that holds the specs",
  });
}
