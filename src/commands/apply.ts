import { systemClock } from "../base/clock.ts";
import { safeJson } from "../base/safe-text.ts";
import type { ExitCode } from "../base/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { isDelayed } from "../model/checkpoint.ts";
import { publishState } from "../publish-state.ts";
import { reconcile } from "../reconcile.ts";
import { describeFollowing } from "../report/describe-following.ts";
import { summarizePlan } from "../report/plan-summary.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import { outcomeToJson } from "../report/outcome-json.ts";
import { renderOutcomeText } from "../report/render-outcome-text.ts";
import type { WorkTools } from "../work/work.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { specReader } from "./read-spec.ts";
import { selectMigration } from "./select-migration.ts";

export interface ApplyContext extends CommandContext {
  /** The plan that was approved; null applies the plan as it is now. */
  readonly planDigest: string | null;
  createReporter(): ProgressReporter;
}

/** How often progress is shown. */
const PROGRESS_EVERY_MS = 250;

/** `mongoferry apply`: makes what the spec desires so, or goes on with it. */
export async function runApply(context: ApplyContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const publisher = await wired.openPublisher();
  const specCommit = await publisher.headCommit();
  const readSpec = specReader(migration.name, context, await wired.openSpecFiles());
  const outcome = await reconcile(migration, {
    readSpec,
    ends: wired.ends,
    logger: context.logger,
    specCommit,
    stop: context.stop,
    approvedDigest: context.planDigest,
    redact: (text) => context.redactor.redact(text),
    publish: async ({ store, lease }) => {
      const condition = await publishState({ store, lease, publisher, specCommit });
      const say = condition.status === "true" ? "debug" : "warn";
      context.logger[say](`State: ${condition.message}`);
      return condition;
    },
    onAssessed: (plan, findings) => {
      if (plan !== null) context.logger.info(summarizePlan(plan));
      for (const warning of plan?.warnings ?? []) context.logger.warn(warning);
      const objections = findings.filter((finding) => finding.result !== "passed");
      for (const { rule, result, message, remedy } of objections) {
        context.logger[result === "failed" ? "error" : "warn"](`${rule}: ${message}. ${remedy}`);
      }
    },
    ...createProgressLoop(context),
    ...createFollowingLoop(context),
  });
  context.stdout(render(outcome, context));
  return outcome.exitCode;
}

/** Shows the board again and again while a copy runs. */
function createProgressLoop(context: ApplyContext): Pick<WorkTools, "onCopying" | "onCopied"> {
  let end: (() => void) | null = null;
  return {
    onCopying(snapshot) {
      const reporter = context.createReporter();
      const timer = setInterval(() => {
        reporter.update(snapshot());
      }, PROGRESS_EVERY_MS);
      end = () => {
        clearInterval(timer);
        reporter.update(snapshot());
        reporter.stop();
      };
    },
    onCopied() {
      end?.();
      end = null;
    },
  };
}

/** How often following is reported; changes between delayed and not delayed at once. */
const FOLLOWING_EVERY_MS = 10_000;

/** Says again and again how the following goes. */
function createFollowingLoop({
  logger,
}: ApplyContext): Pick<WorkTools, "onFollowing" | "onFollowed"> {
  let timer: NodeJS.Timeout | undefined;
  return {
    onFollowing(figures) {
      let saidAtMs = Number.NEGATIVE_INFINITY;
      let wasDelayed: boolean | null = null;
      timer = setInterval(() => {
        const now = figures();
        const isLate = isDelayed(now);
        const nowMs = systemClock.monotonicMs();
        if (isLate === wasDelayed && nowMs - saidAtMs < FOLLOWING_EVERY_MS) return;
        logger.info(describeFollowing(now));
        wasDelayed = isLate;
        saidAtMs = nowMs;
      }, PROGRESS_EVERY_MS);
    },
    onFollowed() {
      clearInterval(timer);
    },
  };
}

function render(outcome: Outcome, context: ApplyContext): string {
  return context.output === "json"
    ? `${safeJson(outcomeToJson(outcome), 2)}\n`
    : renderOutcomeText(outcome, context);
}
