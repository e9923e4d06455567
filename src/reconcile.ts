/**
 * The whole of a migration, read from top to bottom: look at both ends, plan, and take one step after another until what the spec
 * desires is so, until something is in the way, or until told to stop. Level-triggered: it may be interrupted anywhere and
 * started again by any process, and goes on from what the metadata database says.
 */
import { ExitCode, UserError } from "./base/errors.ts";
import type { Retry } from "./base/retry.ts";
import { settleTargets } from "./work/keep-targets.ts";
import type { Facts } from "./model/facts.ts";
import type { Finding } from "./model/finding.ts";
import { loadKindOf } from "./model/limits.ts";
import { isToWork, type Migration } from "./model/migration.ts";
import type { Outcome } from "./model/outcome.ts";
import type { Plan } from "./model/plan.ts";
import { type Condition, hasEnded, type Phase, type RunRecord } from "./model/run.ts";
import {
  NOTHING_SEEN,
  type ProbedEnds,
  probeEnds,
  surveyEnds,
  surveyObjects,
} from "./precheck/collect-facts.ts";
import { type ObeyTools, whileObeying, withWhatMayChange } from "./work/obey-spec.ts";
import { isSameSource, requireKnownSource } from "./work/require-same-source.ts";
import { retrying } from "./work/retrying.ts";
import { retryingStore } from "./work/retrying-store.ts";
import {
  assess,
  assessFacts,
  isFollowedRun,
  noteCondition,
  refuseStalePlan,
  type Situation,
} from "./situation.ts";
import { STATE_PUBLISHED } from "./publish-state.ts";
import { standstill } from "./report/describe-standstill.ts";
import { hashSpec } from "./spec/normalized-spec.ts";
import { withinLimits } from "./work/keep-load.ts";
import { type LifecycleFacts, nextPhase, phaseLeft, type WorkingPhase } from "./state/lifecycle.ts";
import {
  cutoverFacts,
  forgetGivenUp,
  noteObjection,
  withdrawCutover,
} from "./work/cutover-facts.ts";
import { INDEXES_BUILT } from "./work/copy-plan.ts";
import { atRest, interrupted } from "./work/describe-end.ts";
import { readProgress } from "./work/read-progress.ts";
import { work, type WorkTools } from "./work/work.ts";

/** Puts what has happened so far into the repository. A failure is reported, never thrown. */
export type PublishState = (situation: Situation) => Promise<Condition>;

export interface ReconcileTools extends Omit<WorkTools, "load">, ObeyTools {
  readonly publish: PublishState;
  /** Digests of the plans that were approved, the last one first; null runs whatever the plan is now. */
  readonly approvedDigests: readonly string[] | null;
  /** @param plan - Null where an end cannot be reached. */
  onAssessed(plan: Plan | null, findings: readonly Finding[]): void;
}

export async function reconcile(selected: Migration, tools: ReconcileTools): Promise<Outcome> {
  const reading = await tools.readSpec();
  const migration =
    reading.kind === "read" ? withWhatMayChange(selected, reading.migration) : selected;
  const probed = await probeEnds(migration, tools.ends, tools.stop);
  // Pausing and stopping need nothing of the source.
  const isSourceNeeded = isToWork(migration.desiredState);
  if (
    !probed.destination.connectivity.isPassed ||
    (isSourceNeeded && !probed.source.connectivity.isPassed)
  ) {
    return unreachable(migration, probed, tools);
  }
  const retry = retrying(tools.stop, tools.logger);
  const store = retryingStore(await tools.ends.connectStore(), retry);
  const lease = await store.acquireLease(migration.name);
  try {
    const destination = await tools.ends.connectDestination();
    await retry(async () => destination.writeUnder(lease));
    await settleFirst(migration, probed, { store, lease, retry, ...tools });
    const facts = await retry(async () => surveyEnds(migration, probed, tools.ends));
    const situation = await assess(migration, facts, { store, lease, probed });
    const run = await store.readRun(migration.name);
    // Cut over, it stays so for as long as the spec says cutover.
    const isOver = run !== null && hasEnded(run.phase) && migration.desiredState === "cutover";
    if (isToWork(migration.desiredState) && !isOver) {
      if (!isFollowedRun(migration, run)) {
        tools.onAssessed(situation.plan, situation.findings);
      }
      await refuseStalePlan(situation, tools.approvedDigests);
      await beginAnew(situation, facts, tools);
    }
    return await converge(situation, tools);
  } finally {
    await lease.release().catch((error: unknown) => {
      tools.logger.warn("The lease could not be released and runs out by itself", { error });
    });
  }
}

/**
 * A run whose changes are followed first gets what it has made in order: what was renamed at the source meanwhile would else look
 * like something that is in the way.
 */
async function settleFirst(
  migration: Migration,
  probed: ProbedEnds,
  tools: Pick<Situation, "store" | "lease"> & ReconcileTools & { readonly retry: Retry },
): Promise<void> {
  const { store, ends, retry } = tools;
  const run = await store.readRun(migration.name);
  if (!isToWork(migration.desiredState) || !isFollowedRun(migration, run)) return;
  const checkpoint = await store.readCheckpoint(migration.name, run.runSeq);
  const source = await ends.connectSource();
  const identity = await retry(async () => source.readIdentity());
  // The phase's own work says what is wrong; nothing is settled by what another deployment has.
  if (checkpoint !== null && !isSameSource(checkpoint.sourceIdentity, identity)) return;
  await retry(async () => source.settledClusterTime());
  const surveyed = await retry(async () => surveyObjects(migration, probed, ends));
  if (checkpoint !== null) {
    requireKnownSource(checkpoint, identity, surveyed, { runSeq: run.runSeq, migration });
  }
  const destination = await ends.connectDestination();
  await settleTargets(surveyed, { ...tools, migration, destination, runSeq: run.runSeq });
}

/** A run whose plan has changed begins anew with the precheck; what it has copied so far is kept where it still fits. */
async function beginAnew(
  situation: Situation,
  { runDigest }: Facts,
  tools: ReconcileTools,
): Promise<void> {
  const { migration, store, plan } = situation;
  if (runDigest === null || runDigest === plan.digest) return;
  const run = await store.readRun(migration.name);
  if (run === null || run.phase === "Pending" || run.phase === "Prechecking") return;
  const { phase } = run;
  if (isFollowedRun(migration, run)) return;
  const reason = "the plan has changed since this run began";
  if (phase === "CuttingOver") {
    const { isPastReturn } = await cutoverFacts(situation);
    if (isPastReturn) throw beyondReturn(migration);
    await withdrawCutover("Prechecking", reason, situation, tools);
  }
  await moveTo("Prechecking", reason, situation, tools);
}

function beyondReturn({ place }: Migration): UserError {
  return new UserError({
    code: "cutover-begun",
    place,
    problem: "the cutover is behind its point of no return, and the spec means something else now",
    remedy:
      "Put the spec back as it was and apply, so that the cutover comes to its end; then change it",
  });
}

async function converge(situation: Situation, tools: ReconcileTools): Promise<Outcome> {
  for (;;) {
    const { store } = situation;
    const phase = (await store.readRun(situation.migration.name))?.phase ?? "Pending";
    const { migration } = situation;
    const step = nextPhase(migration.desiredState, phase, await lifecycleFacts(situation));
    switch (step.kind) {
      case "transition":
        if (phase === "CuttingOver" && step.to !== "Completed") {
          await withdrawCutover(step.to, step.reason, situation, tools);
        }
        await moveTo(step.to, step.reason, situation, tools);
        break;
      case "work":
        if (tools.stop.aborted) return interrupted(situation, phase);
        await whileObeying(
          situation,
          tools,
          async () => isStillToDo(step.phase, phase, situation, tools),
          async (stop) =>
            withinLimits(loadKindOf(step.phase), situation, tools, async (load) =>
              work(step.phase, situation, { ...tools, stop, load }),
            ),
        );
        if (tools.stop.aborted && !situation.done.has(step.phase)) {
          return interrupted(situation, phase);
        }
        break;
      case "rest":
        await publishRest(situation, tools);
        return atRest(situation, phase, step.reason);
      case "refuse":
        throw new UserError({
          code: "not-possible",
          place: migration.place,
          problem: step.reason,
          remedy: step.remedy,
          exitCode: ExitCode.blockedByPrecheck,
        });
    }
  }
}

/** Whether the next step is still the same work, as the spec is by now. */
async function isStillToDo(
  phase: WorkingPhase,
  actual: Phase,
  situation: Situation,
  tools: ReconcileTools,
): Promise<boolean> {
  const desired = situation.migration.desiredState;
  const facts = await lifecycleFacts(situation);
  if (phase === "Streaming") {
    await forgetGivenUp(situation);
    const { objection } = facts.cutover;
    await noteObjection(situation, desired === "cutover" ? objection : null, tools);
  }
  const next = nextPhase(desired, actual, facts);
  return next.kind === "work" && next.phase === phase;
}

/** The outcome is kept beside the state: the published files cannot tell of their own publication. */
async function publishNow(situation: Situation, tools: ReconcileTools): Promise<void> {
  noteCondition(situation, await tools.publish(situation));
  const { store, lease, conditions } = situation;
  await store.storeConditions(
    lease,
    conditions.map((each) => ({ ...each, message: tools.redact(each.message) })),
  );
}

/** What could not be published when it happened. */
async function publishRest(situation: Situation, tools: ReconcileTools): Promise<void> {
  const { migration, store, conditions } = situation;
  const run = await store.readRun(migration.name);
  if (run === null) return;
  const hasFailed = conditions.some(
    ({ type, status }) => type === STATE_PUBLISHED && status === "false",
  );
  if (hasFailed || run.publishedSeq < run.seq) await publishNow(situation, tools);
}

async function lifecycleFacts(situation: Situation): Promise<LifecycleFacts> {
  const { migration, store, done, obstacle } = situation;
  return {
    mode: migration.mode,
    isPrecheckPassed: done.has("Prechecking"),
    isCopyDone: done.has("Copying"),
    isConsistent: done.has("CatchingUp"),
    isVerificationDone: done.has("Verifying"),
    // What this process has done is no reason any more.
    reasonForRun: done.has("Verifying") || done.has("CuttingOver") ? null : reasonForRun(situation),
    cutover: await cutoverFacts(situation),
    obstacle: obstacle?.reason ?? null,
    phaseLeft: phaseLeft(await store.listTransitions(migration.name)),
  };
}

function reasonForRun({ plan, conditions }: Situation): string | null {
  if (plan.actions.length > 0) return "the plan has changes";
  const wasMissing = conditions.some(
    ({ type, status }) => type === INDEXES_BUILT && status === "false",
  );
  // Built by hand, or given up at the source: what was said of the whole no longer holds, and is looked at again.
  return wasMissing ? "no index is missing any more" : null;
}

/** What it means for the destination that nothing is done any more, for now or for good. */
async function describeStandstill(run: RunRecord | null, situation: Situation): Promise<string> {
  const { migration, store } = situation;
  const left = phaseLeft(await store.listTransitions(migration.name)) ?? run?.phase ?? "Pending";
  const progress = run === null ? [] : await readProgress(migration.name, run.planDigest, store);
  const checkpoint = run === null ? null : await store.readCheckpoint(migration.name, run.runSeq);
  return `; ${standstill({ left, mode: migration.mode, progress, checkpoint })}`;
}

async function moveTo(
  to: Phase,
  reason: string,
  situation: Situation,
  tools: ReconcileTools,
): Promise<void> {
  const { logger, redact } = tools;
  const { store, lease, plan, migration, conditions } = situation;
  const run = await store.readRun(migration.name);
  // Pausing and stopping are about the run as it was approved, whatever the spec and a plan made now would be.
  const isSuspending = to === "Paused" || to === "Stopped";
  const left = isSuspending ? await describeStandstill(run, situation) : "";
  const said = `${reason}${left}`;
  const transition = await store.recordTransition(lease, {
    to,
    // Both may quote a server's or a library's own words, and stay in the database and in git for good (I9).
    reason: redact(said),
    conditions: conditions.map((each) => ({ ...each, message: redact(each.message) })),
    planDigest:
      isSuspending || isFollowedRun(migration, run) ? (run?.planDigest ?? null) : plan.digest,
    specHash: (isSuspending && run?.specHash) || hashSpec(migration),
  });
  logger.info(`${transition.from} → ${to}: ${said}`, { migration: migration.name });
  await publishNow(situation, tools);
}

function unreachable(migration: Migration, probed: ProbedEnds, tools: ReconcileTools): Outcome {
  const { findings } = assessFacts(migration, { ...probed, ...NOTHING_SEEN });
  tools.onAssessed(null, findings);
  return {
    phase: "Pending",
    exitCode: ExitCode.blockedByPrecheck,
    message: "Blocked: an end cannot be reached; nothing was started",
    findings,
    plan: null,
    results: [],
    indexFailures: [],
  };
}
