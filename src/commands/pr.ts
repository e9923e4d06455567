import { appendFile, writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { errorMessage, ExitCode, UserError } from "../base/errors.ts";
import { safeJson, safeText } from "../base/safe-text.ts";
import { isToWork, type Migration } from "../model/migration.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import type { Review, ReviewFinding } from "../model/review.ts";
import type { CodeHost, SpecHistory } from "../ports.ts";
import { probeEnds, surveyEnds } from "../precheck/collect-facts.ts";
import { planMarker } from "../report/plan-comment-marker.ts";
import {
  isReviewBlocked,
  renderReviewComment,
  renderReviewSummary,
} from "../report/render-review-markdown.ts";
import { renderReviewText } from "../report/render-review-text.ts";
import { reviewToJson } from "../report/review-json.ts";
import { judgeReview } from "../report/review-verdict.ts";
import { assessFacts, rememberPlan } from "../situation.ts";
import { compareMigrations } from "../spec/compare-migrations.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { openCodeHost, openSpecHistory, wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { type PullRequestEvent, readPullRequestEvent, runUrl } from "./github-event.ts";
import { renderAnnotations, renderText } from "./validate.ts";

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
  const history = await openSpecHistory(context);
  if (history === null) throw noRepository();
  const all = await findChanges(head, history, event, context);
  const name = context.migrationName;
  const changes = name === null ? all : all.filter((change) => change.name === name);
  if (context.isList) return list(changes, context);
  if (event?.isFork === true) {
    context.stdout(
      "Valid. This pull request comes from another repository, so that no secret is used: it is planned once it is merged.\n",
    );
    return ExitCode.done;
  }
  const commit = event?.headCommit ?? (await history.head());
  const reviews: Review[] = [];
  for (const change of changes) {
    const migration = head.migrations.find((each) => each.name === change.name) ?? null;
    reviews.push(await review(change, migration, commit, context));
  }
  await show(reviews, event, context);
  return exitCodeOf(reviews);
}

async function findChanges(
  head: LoadedSpecs,
  history: SpecHistory,
  event: PullRequestEvent | null,
  { base, cwd, env, specPaths }: PrContext,
): Promise<readonly MigrationChange[]> {
  const branch = env.GITHUB_BASE_REF ?? env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME ?? "main";
  const commit = await history.forkPoint(base ?? event?.baseCommit ?? `origin/${branch}`);
  const after = { migrations: head.migrations, root: history.root };
  return history.withCommit(commit, async (root) => {
    const folder = resolve(root, relative(history.root, cwd));
    const paths = specPaths.map((path) => relative(cwd, resolve(cwd, path)));
    const before = await loadSpecs(paths, { cwd: folder });
    return compareMigrations({ ...before, root }, after);
  });
}

async function review(
  change: MigrationChange,
  migration: Migration | null,
  head: string | null,
  context: PrContext,
): Promise<Review> {
  const isDeleted = change.kind === "deleted";
  return {
    migration: change.name,
    change: change.kind,
    settings: isDeleted ? [] : change.settings,
    desiredState: migration?.desiredState ?? null,
    desiredBefore: isDeleted ? null : (change.before?.desiredState ?? null),
    finding: migration === null ? { kind: "deleted" } : await find(change, migration, context),
    head,
    specHash: migration === null ? null : hashSpec(migration),
    runUrl: runUrl(context.env),
  };
}

async function find(
  change: MigrationChange,
  migration: Migration,
  context: PrContext,
): Promise<ReviewFinding> {
  if (change.kind === "deleted") return { kind: "deleted" };
  // A pull request could send what is secret to another host.
  if (change.untrusted.length > 0) return { kind: "untrusted", connections: change.untrusted };
  const isStarted =
    isToWork(migration.desiredState) && !isToWork(change.before?.desiredState ?? "running");
  if (change.kind === "settings" && !isStarted) return { kind: "settings-only" };
  try {
    return await plan(migration, context);
  } catch (error) {
    context.stop.throwIfAborted();
    return { kind: "failed", reason: context.redactor.redact(errorMessage(error)) };
  }
}

async function plan(migration: Migration, context: PrContext): Promise<ReviewFinding> {
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  const { plan: made, findings } = assessFacts(migration, facts);
  const isReachable = facts.source.server !== null && facts.destination.server !== null;
  if (!isReachable) return { kind: "planned", plan: null, findings };
  const store = await wired.ends.connectStore();
  await rememberPlan(store, made).catch((error: unknown) => {
    context.logger.warn("The plan could not be remembered in the metadata database", { error });
  });
  return { kind: "planned", plan: made, findings };
}

async function show(
  reviews: readonly Review[],
  event: PullRequestEvent | null,
  context: PrContext,
): Promise<void> {
  const { output, stdout, markdownFile, cwd, env, redactor } = context;
  stdout(
    output === "json"
      ? `${safeJson({ reviews: reviews.map(reviewToJson) }, 2)}\n`
      : renderReviewText(reviews, context),
  );
  const comments = reviews.map((each) => redactor.redact(renderReviewComment(each)));
  if (markdownFile !== null) {
    await writeFile(resolve(cwd, markdownFile), `${comments.join("\n\n")}\n`);
  }
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary) {
    const most = Math.floor(MOST_SUMMARY_BYTES / Math.max(reviews.length, 1));
    const texts = reviews.map((each) => redactor.redact(renderReviewSummary(each, most)));
    await appendFile(summary, `${texts.join("\n\n")}\n`);
  }
  const host = openCodeHost(context);
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
    url: runUrl(env),
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
  { stdout, env }: PrContext,
): Promise<ExitCode> {
  const matrix = JSON.stringify({ include: changes.map(({ name }) => ({ migration: name })) });
  stdout(`${matrix}\n`);
  if (env.GITHUB_OUTPUT) {
    await appendFile(env.GITHUB_OUTPUT, `matrix=${matrix}\nany=${changes.length > 0}\n`);
  }
  return ExitCode.done;
}

function invalid(loaded: LoadedSpecs, { stdout, env }: PrContext): ExitCode {
  stdout(renderText(loaded));
  if (env.GITHUB_ACTIONS === "true") stdout(renderAnnotations(loaded.problems));
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
