import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { errorMessage, ExitCode, UserError } from "../base/errors.ts";
import { isToWork, type Migration } from "../model/migration.ts";
import type { Phase } from "../model/run.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import type { Reconciled } from "../report/reconciled.ts";
import type { Situation } from "../situation.ts";
import { diffText } from "../model/describe-value.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { type WiredMigration, wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import type { FoundApproval, MergedReviews } from "./merged-review.ts";
import { type ReadSpecsNow, specReader } from "./read-spec.ts";
import { runMigration } from "./run-migration.ts";

export interface ReconcileOneTools extends CommandContext {
  /** Null where no host is known. */
  readonly reviews: MergedReviews | null;
  /** As in `Task`. */
  readonly begunWith: string | null;
  readonly isApprovalRequired: boolean;
  /** How long a lease is waited for that somebody else has: whoever does not hold it any more may be dead. */
  readonly waitsForLeaseMs: number;
  createReporter(): ProgressReporter;
  openSpecs(wired: WiredMigration): Promise<SpecSource>;
}

/** Where a migration's spec is read while it is worked on. */
export interface SpecSource {
  readonly readNow: ReadSpecsNow;
  /** Hash of the commit that has changed specs last, as far as it is known; null: the last one that is checked out. */
  lastCommit(): string | null;
}

type Result = Pick<Reconciled, "phase" | "exitCode" | "message">;

/** Code of the error where another process has taken the lease in between. */
const LEASE_HELD = "migration-is-running";

const LEASE_ASKED_EVERY_MS = 5_000;

/** Works on one migration; whatever goes wrong with it is its own result. */
export async function reconcileOne(
  migration: Migration,
  tools: ReconcileOneTools,
): Promise<Result> {
  const { stop, waitsForLeaseMs, logger } = tools;
  const untilMs = systemClock.monotonicMs() + waitsForLeaseMs;
  for (;;) {
    const { isHeld, ...result } = await tryOne(migration, tools);
    if (!isHeld || stop.aborted || systemClock.monotonicMs() >= untilMs) return result;
    logger.info("It is asked for again, until it would have run out");
    await sleep(LEASE_ASKED_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

async function tryOne(
  migration: Migration,
  tools: ReconcileOneTools,
): Promise<Result & { readonly isHeld: boolean }> {
  const { logger, reviews, redactor } = tools;
  try {
    return { ...(await work(migration, tools)), isHeld: false };
  } catch (error) {
    if (tools.stop.aborted) {
      const message = "it was interrupted";
      return { phase: null, exitCode: ExitCode.interrupted, message, isHeld: false };
    }
    const message = redactor.redact(errorMessage(error));
    if (error instanceof UserError && error.code === LEASE_HELD) {
      // Nothing has gone wrong with the migration, so that there is nothing to tell under its pull request.
      logger.info(message);
      return { phase: null, exitCode: ExitCode.error, message, isHeld: true };
    }
    logger.error(message);
    const exitCode = error instanceof UserError ? error.exitCode : ExitCode.error;
    await reviews?.tell(null, {
      migration: migration.name,
      what: WORDS[exitCode] ?? "failed",
      detail: message,
    });
    return { phase: null, exitCode, message, isHeld: false };
  }
}

async function work(migration: Migration, tools: ReconcileOneTools): Promise<Result> {
  const { reviews, redactor } = tools;
  await using wired = wireMigration(migration, tools);
  const approvedDigests = await findApprovals(migration, tools);
  const specs = await tools.openSpecs(wired);
  const news = new News(migration.name, reviews, specs, (text) => redactor.redact(text));
  const outcome = await runMigration(migration, {
    ...tools,
    wired,
    approvedDigests,
    readSpec: specReader(migration.name, tools.specPaths, specs.readNow),
    onTransition: async (situation) => news.tellPhase(situation),
    onObeyed: (situation, before) => news.tellSettings(situation, before),
  });
  await news.allTold();
  const { phase, exitCode, message } = outcome;
  return { phase, exitCode, message };
}

export const NOT_APPROVED = "no merged pull request has shown a plan of this spec";

/** Why nothing is begun with what was found; null: nothing speaks against it. */
export function objectionTo(found: FoundApproval, isRequired: boolean): string | null {
  if (found.kind === "other") {
    return `${NOT_APPROVED}: what #${found.pullRequest} has shown is another one, as of before a last push or another merge`;
  }
  if (found.kind === "unplanned") {
    return `${NOT_APPROVED}: #${found.pullRequest} could show none when it was merged`;
  }
  return found.kind === "none" && isRequired ? NOT_APPROVED : null;
}

async function findApprovals(
  migration: Migration,
  tools: ReconcileOneTools,
): Promise<readonly string[] | null> {
  const { reviews, begunWith, isApprovalRequired, logger } = tools;
  // Where nobody approves anything, what is planned then is done.
  if (reviews === null && !isApprovalRequired) return null;
  const begun = begunWith === null ? [] : [begunWith];
  // Pausing and stopping need none, and are obeyed also where the host is away. Should the branch ask for work by now, the next one looks.
  if (!isToWork(migration.desiredState)) return begun;
  if (reviews === null) {
    if (begun.length > 0) return begun;
    throw nobodyToAsk(migration);
  }
  if (begun.length > 0) return [...(await approvedSince(reviews, migration, tools)), ...begun];
  const found = await reviews.findApproval(migration.name, hashSpec(migration));
  if (found.kind === "approved") return [found.digest];
  const objection = objectionTo(found, isApprovalRequired);
  if (objection !== null) throw notApproved(migration, objection);
  logger.warn("No merged pull request has shown a plan of this spec: what the plan is now is done");
  return null;
}

/** A run goes on with the plan with which it has begun, or with one that was shown and merged since. */
async function approvedSince(
  reviews: MergedReviews,
  migration: Migration,
  { logger }: Pick<ReconcileOneTools, "logger">,
): Promise<readonly string[]> {
  // Of a run that follows changes, the plan is the one with which it began, whatever there is by now.
  if (migration.mode !== "full") return [];
  try {
    const found = await reviews.findApproval(migration.name, hashSpec(migration));
    return found.kind === "approved" ? [found.digest] : [];
  } catch (error) {
    logger.warn(`Whether another plan was approved is not known: ${errorMessage(error)}`);
    return [];
  }
}

function notApproved({ place }: Migration, problem: string): UserError {
  return new UserError({
    code: "not-approved",
    place,
    problem,
    remedy:
      "Take the change back or merge `desiredState: paused`, then propose it anew, and merge that once its comment shows the plan",
    exitCode: ExitCode.stalePlan,
  });
}

function nobodyToAsk({ place }: Migration): UserError {
  return new UserError({
    code: "not-approved",
    place,
    problem: "an approval is required, and there is no GitHub to ask for it",
    remedy: "Set GITHUB_REPOSITORY and GITHUB_TOKEN; elsewhere, go without --require-approval",
    exitCode: ExitCode.stalePlan,
  });
}

/** In which it rests, or is what it was to become. */
const TOLD: ReadonlySet<Phase> = new Set([
  "Copying",
  "Streaming",
  "CuttingOver",
  "Completed",
  "Paused",
  "Stopped",
  "Stalled",
]);

const WORDS: Readonly<Record<number, string>> = {
  [ExitCode.stalePlan]: "refused, since the plan has changed",
  [ExitCode.blockedByPrecheck]: "blocked",
  [ExitCode.error]: "failed",
};

/** Tells one thing after another, beside the work. */
class News {
  readonly #migration: string;
  readonly #reviews: MergedReviews | null;
  readonly #specs: SpecSource;
  readonly #redact: (text: string) => string;
  #last: Promise<void> = Promise.resolve();

  constructor(
    migration: string,
    reviews: MergedReviews | null,
    specs: SpecSource,
    redact: (text: string) => string,
  ) {
    this.#migration = migration;
    this.#reviews = reviews;
    this.#specs = specs;
    this.#redact = redact;
  }

  async tellPhase({ store }: Situation): Promise<void> {
    const [last] = (await store.listTransitions(this.#migration)).toReversed();
    if (last !== undefined && TOLD.has(last.to)) this.#tell(last.to, last.reason);
  }

  tellSettings({ migration }: Situation, before: Migration): void {
    const { limits, verification, cutover } = before;
    const changes = [
      ...diffText("limits", limits, migration.limits),
      ...diffText("verification", verification, migration.verification),
      ...diffText("cutover", cutover, migration.cutover),
    ];
    if (changes.length > 0) this.#tell("the change is obeyed", changes.join("; "));
  }

  async allTold(): Promise<void> {
    await this.#last;
  }

  #tell(what: string, detail: string): void {
    const commit = this.#specs.lastCommit();
    const news = { migration: this.#migration, what, detail: this.#redact(detail) };
    this.#last = this.#last.then(async () => this.#reviews?.tell(commit, news));
  }
}
