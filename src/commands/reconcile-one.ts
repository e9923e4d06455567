import { errorMessage, ExitCode, UserError } from "../base/errors.ts";
import type { Migration } from "../model/migration.ts";
import type { Phase } from "../model/run.ts";
import type { SpecFiles } from "../ports.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import type { Reconciled } from "../report/reconciled.ts";
import type { Situation } from "../situation.ts";
import { diffText } from "../model/describe-value.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import type { MergedReviews } from "./merged-review.ts";
import { branchReader, specReader } from "./read-spec.ts";
import { runMigration } from "./run-migration.ts";

export interface ReconcileOneTools extends CommandContext {
  /** Null where no host is known. */
  readonly reviews: MergedReviews | null;
  readonly hasBegun: boolean;
  readonly isApprovalRequired: boolean;
  createReporter(): ProgressReporter;
}

type Result = Pick<Reconciled, "phase" | "exitCode" | "message">;

/** Works on one migration; whatever goes wrong with it is its own result. */
export async function reconcileOne(
  migration: Migration,
  tools: ReconcileOneTools,
): Promise<Result> {
  const { logger, reviews, redactor } = tools;
  try {
    return await work(migration, tools);
  } catch (error) {
    const message = redactor.redact(errorMessage(error));
    if (tools.stop.aborted) {
      return { phase: null, exitCode: ExitCode.interrupted, message: "it was interrupted" };
    }
    logger.error(message);
    const exitCode = error instanceof UserError ? error.exitCode : ExitCode.error;
    await reviews?.tell(null, {
      migration: migration.name,
      what: WORDS[exitCode] ?? "failed",
      detail: message,
    });
    return { phase: null, exitCode, message };
  }
}

async function work(migration: Migration, tools: ReconcileOneTools): Promise<Result> {
  const { reviews, redactor } = tools;
  await using wired = wireMigration(migration, tools);
  const approvedDigest = await findApproval(migration, tools);
  const files = await wired.openSpecFiles();
  const news = new News(migration.name, reviews, files, (text) => redactor.redact(text));
  const outcome = await runMigration(migration, {
    ...tools,
    wired,
    approvedDigest,
    readSpec: specReader(migration.name, tools, branchReader(files)),
    onTransition: async (situation) => news.tellPhase(situation),
    onObeyed: (situation, before) => news.tellSettings(situation, before),
  });
  await news.allTold();
  const { phase, exitCode, message } = outcome;
  return { phase, exitCode, message };
}

async function findApproval(
  migration: Migration,
  { reviews, hasBegun, isApprovalRequired, logger }: ReconcileOneTools,
): Promise<string | null> {
  if (hasBegun) return null;
  const digest = (await reviews?.approvedDigest(migration.name, hashSpec(migration))) ?? null;
  if (digest !== null) return digest;
  if (isApprovalRequired) throw notApproved(migration, reviews !== null);
  if (reviews === null) return null;
  logger.warn("No merged pull request has shown a plan of this spec: what the plan is now is done");
  return null;
}

function notApproved({ place }: Migration, isHostKnown: boolean): UserError {
  return new UserError({
    code: "not-approved",
    place,
    problem: isHostKnown
      ? "no merged pull request has shown a plan of this spec"
      : "an approval is required, and there is no GitHub to ask for it",
    remedy: isHostKnown
      ? "Open a pull request that touches it, such as its title, and merge that once its comment shows the plan"
      : "Set GITHUB_REPOSITORY and GITHUB_TOKEN; elsewhere, go without --require-approval",
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
  readonly #files: SpecFiles | null;
  readonly #redact: (text: string) => string;
  #last: Promise<void> = Promise.resolve();

  constructor(
    migration: string,
    reviews: MergedReviews | null,
    files: SpecFiles | null,
    redact: (text: string) => string,
  ) {
    this.#migration = migration;
    this.#reviews = reviews;
    this.#files = files;
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
    const commit = this.#files?.lastCommit ?? null;
    const news = { migration: this.#migration, what, detail: this.#redact(detail) };
    this.#last = this.#last.then(async () => this.#reviews?.tell(commit, news));
  }
}
