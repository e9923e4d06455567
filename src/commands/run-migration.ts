/** Works on one migration until it rests, and says meanwhile how it goes. */
import { systemClock } from "../base/clock.ts";
import { isDelayed } from "../model/checkpoint.ts";
import type { Migration } from "../model/migration.ts";
import type { Outcome } from "../model/outcome.ts";
import type { SpecReading } from "../model/spec-reading.ts";
import { publishState } from "../publish-state.ts";
import { reconcile, type ReconcileTools } from "../reconcile.ts";
import { describeFollowing } from "../report/describe-following.ts";
import { summarizePlan } from "../report/plan-summary.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import type { Situation } from "../situation.ts";
import type { WorkTools } from "../work/work.ts";
import type { WiredMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";

export interface RunTools extends Pick<CommandContext, "logger" | "stop" | "redactor"> {
  readonly wired: WiredMigration;
  /** The plans that were approved, the last one first; null: the plan as it is now. */
  readonly approvedDigests: readonly string[] | null;
  createReporter(): ProgressReporter;
  readSpec(): Promise<SpecReading>;
  /** After each transition, once it was published or could not be. */
  onTransition?(situation: Situation): Promise<void>;
  /** After the spec has changed in what holds without another approval. */
  readonly onObeyed?: ReconcileTools["onObeyed"];
}

/** How often progress is shown. */
const PROGRESS_EVERY_MS = 250;

export async function runMigration(migration: Migration, tools: RunTools): Promise<Outcome> {
  const { wired, logger, stop, redactor, readSpec, onObeyed } = tools;
  const publisher = await wired.openPublisher();
  const specCommit = await publisher.specCommit();
  return reconcile(migration, {
    readSpec,
    ends: wired.ends,
    logger,
    specCommit,
    stop,
    approvedDigests: tools.approvedDigests,
    redact: (text) => redactor.redact(text),
    ...(onObeyed === undefined ? {} : { onObeyed }),
    publish: async (situation) => {
      const { store, lease } = situation;
      const condition = await publishState({
        store,
        lease,
        publisher,
        specCommit,
        redact: (text) => redactor.redact(text),
      });
      logger[condition.status === "true" ? "debug" : "warn"](`State: ${condition.message}`);
      await tools.onTransition?.(situation);
      return condition;
    },
    onAssessed: (plan, findings) => {
      if (plan !== null) logger.info(summarizePlan(plan));
      for (const warning of plan?.warnings ?? []) logger.warn(warning);
      const objections = findings.filter((finding) => finding.result !== "passed");
      for (const { rule, result, message, remedy } of objections) {
        logger[result === "failed" ? "error" : "warn"](`${rule}: ${message}. ${remedy}`);
      }
    },
    ...createProgressLoop(tools),
    ...createFollowingLoop(tools),
  });
}

/** Shows the board again and again while a copy runs. */
function createProgressLoop({
  createReporter,
}: RunTools): Pick<WorkTools, "onCopying" | "onCopied"> {
  let end: (() => void) | null = null;
  return {
    onCopying(snapshot) {
      const reporter = createReporter();
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
function createFollowingLoop({ logger }: RunTools): Pick<WorkTools, "onFollowing" | "onFollowed"> {
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
