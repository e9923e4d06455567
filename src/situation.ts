import { ExitCode, UserError } from "./base/errors.ts";
import type { FollowFigures } from "./model/checkpoint.ts";
import type { Facts } from "./model/facts.ts";
import type { Finding } from "./model/finding.ts";
import { isToWork, type Migration } from "./model/migration.ts";
import type { Plan } from "./model/plan.ts";
import {
  type CollectionProgress,
  type Condition,
  hasEnded,
  type IndexFailure,
  type RunRecord,
  type VerificationResult,
} from "./model/run.ts";
import { buildPlan } from "./plan/build-plan.ts";
import type { ProbedEnds } from "./precheck/collect-facts.ts";
import type { ArtifactStore, Lease, MigrationStore } from "./ports.ts";
import { runPrecheck } from "./precheck/run-precheck.ts";
import { explainPlanDifference } from "./report/explain-plan-difference.ts";
import { type PlanJson, planToJson } from "./report/plan-json.ts";
import { hashSpec, normalizedSpec } from "./spec/normalized-spec.ts";
import type { WorkingPhase } from "./state/lifecycle.ts";

/** All that is known while a migration is being reconciled. */
export interface Situation {
  /** What may change while it is worked on (`withWhatMayChange`) is as the spec says now. */
  migration: Migration;
  readonly store: MigrationStore;
  readonly lease: Lease;
  /** What the connectivity test found when the process began. */
  readonly probed: ProbedEnds;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  results: readonly VerificationResult[];
  progress: readonly CollectionProgress[];
  /** What this process could not build. */
  indexFailures: readonly IndexFailure[];
  conditions: readonly Condition[];
  /** How the following goes, or went when it ended last: the lag grows on. Null before its beginning. */
  following: (() => FollowFigures) | null;
  /** Why the cutover that this process works on cannot go on. */
  cutoverFailure: string | null;
  /** What this process cannot get past, with the exit code that it means. */
  obstacle: { readonly reason: string; readonly exitCode: ExitCode } | null;
  readonly done: Set<WorkingPhase>;
}

/** Precheck and plan from one look at both ends; also what the commands of these names show. */
export function assessFacts(
  migration: Migration,
  facts: Facts,
): { readonly plan: Plan; readonly findings: readonly Finding[] } {
  const plan = buildPlan({
    migration,
    facts,
    normalizedSpec: JSON.stringify(normalizedSpec(migration)),
  });
  return { plan, findings: runPrecheck(migration, facts) };
}

export async function assess(
  migration: Migration,
  facts: Facts,
  held: Pick<Situation, "store" | "lease" | "probed">,
): Promise<Situation> {
  const { plan, findings } = assessFacts(migration, facts);
  if (isToWork(migration.desiredState)) await rememberPlan(held.store, plan);
  const run = await held.store.readRun(migration.name);
  return {
    migration,
    ...held,
    plan,
    // They let it pass when it began; what is followed changes all the time, and is looked at where it matters.
    findings: isFollowedRun(migration, run) ? [] : findings,
    results: [],
    progress: [],
    indexFailures: [],
    conditions: run?.conditions ?? [],
    following: null,
    cutoverFailure: null,
    obstacle: null,
    done: new Set(),
  };
}

/**
 * Whether a run follows its source, or copies in order to: what there is changes all the time then, and the plan is the one with
 * which it began. With another spec it is another matter.
 */
export function isFollowedRun(migration: Migration, run: RunRecord | null): run is RunRecord {
  return (
    migration.mode === "full-and-incremental" &&
    run !== null &&
    !hasEnded(run.phase) &&
    run.startFence !== null &&
    run.isAdmitted &&
    run.specHash === hashSpec(migration)
  );
}

/**
 * What runs is what was approved (R13).
 *
 * @param approvedDigests - Of the plans that may be run, the last one that was approved first; null: whatever the plan is now.
 */
export async function refuseStalePlan(
  { migration, plan, store }: Situation,
  approvedDigests: readonly string[] | null,
): Promise<void> {
  if (approvedDigests === null || approvedDigests.includes(plan.digest)) return;
  if (isFollowedRun(migration, await store.readRun(migration.name))) return;
  const [approvedDigest] = approvedDigests;
  if (approvedDigest === undefined) throw nothingApproved(migration.name);
  const transitions = await store.listTransitions(migration.name);
  // Applied already, to its end: nothing is done that was not approved.
  const wasApplied = transitions.some(
    ({ planDigest }) => planDigest !== null && approvedDigests.includes(planDigest),
  );
  if (plan.actions.length === 0 && wasApplied) return;
  const stored = await store.loadArtifact(migration.name, "plan", approvedDigest);
  const changes =
    stored === null
      ? [`the approved plan is not known here; the plan is now ${plan.digest}`]
      : explainPlanDifference((JSON.parse(stored) as PlanJson).actions, planToJson(plan).actions);
  throw new UserError({
    code: "stale-plan",
    place: migration.name,
    problem: `the approved plan ${approvedDigest.slice(0, 8)} no longer holds:\n  ${changes.join("\n  ")}\nso nothing was done`,
    remedy: `Review the new plan, then apply it with --plan-digest ${plan.digest}`,
    exitCode: ExitCode.stalePlan,
  });
}

function nothingApproved(place: string): UserError {
  return new UserError({
    code: "not-approved",
    place,
    problem: "work is desired by now, and it is not known yet whether its plan was approved",
    remedy: "Run it again",
    exitCode: ExitCode.stalePlan,
  });
}

/** Replaces the condition of the same type. */
export function noteCondition(situation: Situation, condition: Condition): void {
  const others = situation.conditions.filter(({ type }) => type !== condition.type);
  situation.conditions = [...others, condition];
}

/** Keeps the plan as it was when it was first shown: counts and sizes may have moved since, what is done has not. */
export async function rememberPlan(store: ArtifactStore, plan: Plan): Promise<void> {
  const { migration, digest } = plan;
  if ((await store.loadArtifact(migration, "plan", digest)) !== null) return;
  await store.saveArtifact(migration, "plan", digest, JSON.stringify(planToJson(plan), null, 2));
}
