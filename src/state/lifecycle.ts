import { BugError } from "../base/errors.ts";
import type { DesiredState, MigrationMode } from "../model/migration.ts";
import type { Phase, Transition } from "../model/run.ts";

/*
 * The whole state machine of a migration. Rows are tried from top to bottom; the first that fits decides.
 * "Working" phases are Prechecking, Copying, Verifying (mode full), CatchingUp, Streaming and CuttingOver (mode
 * full-and-incremental); "ended" ones are Completed and Stopped. Where nothing else is said, cutover is desired as running is:
 * Streaming has to be reached first.
 *
 *   phase now     desired    facts                       step
 *   ------------  ---------  --------------------------  ------------------------------------------------
 *   any           cutover    mode full                   refuse: there is nothing to cut over from
 *   CuttingOver   any        behind the point of return  cut over to its end: -> Completed once that is done
 *   ended         running    something is to be done     -> Prechecking (a new run)
 *   ended         any        -                           rest
 *   not ended     stopped    -                           -> Stopped, which is final for this run
 *   Paused        paused     -                           rest
 *   not ended     paused     -                           -> Paused, remembering the phase that was left
 *   Paused        running    -                           -> the phase that was left
 *   Stalled       running    the obstacle stands         rest
 *   Stalled       running    no obstacle is known        -> the phase that was left, to try again
 *   Pending       running    -                           -> Prechecking
 *   working       running    there is an obstacle        -> Stalled, with its reason
 *   Prechecking   running    precheck passed             -> Copying, otherwise precheck
 *   Copying       running    copy done, mode full        -> Verifying, otherwise copy
 *   Copying       running    copy done, incremental      -> CatchingUp, otherwise copy
 *   CatchingUp    running    consistent                  -> Streaming, otherwise follow
 *   Streaming     running    -                           follow, which has no end of its own
 *   Streaming     cutover    something speaks against it follow
 *   Streaming     cutover    -                           -> CuttingOver
 *   CuttingOver   running    -                           -> Streaming
 *   CuttingOver   cutover    it has failed               -> Streaming, with the reason
 *   CuttingOver   cutover    done                        -> Completed, otherwise cut over
 *   Verifying     running    verification done           -> Completed, otherwise verify
 *
 * An obstacle is what this process met and cannot get past by itself: a precheck that blocks, an operation that failed
 * for good, differences found. It is a fact of the process, not of the store, so the next process begins without one and
 * tries a stalled migration again. That makes the machine level-triggered: the same facts give the same step, whatever
 * happened before.
 */

export type WorkingPhase =
  | "Prechecking"
  | "Copying"
  | "Verifying"
  | "CatchingUp"
  | "Streaming"
  | "CuttingOver";

/** All that the next step depends on, apart from the spec's desired state and the phase. */
export interface LifecycleFacts {
  readonly mode: MigrationMode;
  /** Whether this run's precheck let it pass. */
  readonly isPrecheckPassed: boolean;
  /** Whether every collection and index of the plan is at the destination. */
  readonly isCopyDone: boolean;
  /** Whether the destination is as the source was at one time after the copy. */
  readonly isConsistent: boolean;
  /** Whether both sides were found equal, or the spec asks for no comparison. */
  readonly isVerificationDone: boolean;
  readonly cutover: CutoverFacts;
  /** Why there is something for another run: the plan has actions, say. Null: there is not. Read in ended phases only. */
  readonly reasonForRun: string | null;
  /** What this process cannot get past, as a sentence with its remedy. Null: nothing known. */
  readonly obstacle: string | null;
  /** The phase that a paused or stalled migration left; see `phaseLeft`. */
  readonly phaseLeft: Phase | null;
}

export interface CutoverFacts {
  /** Why it cannot begin now, as a sentence. Null: nothing speaks against it. */
  readonly objection: string | null;
  /** Why the one that has begun cannot go on. */
  readonly failure: string | null;
  /** Whether it can no longer be taken back. */
  readonly isPastReturn: boolean;
  readonly isDone: boolean;
}

export type LifecycleStep =
  /** Do the phase's work, then ask again with new facts. */
  | { readonly kind: "work"; readonly phase: WorkingPhase }
  /** Record a change of phase, then ask again. */
  | { readonly kind: "transition"; readonly to: Phase; readonly reason: string }
  /** Desired and actual agree, or nothing more can be done by this process. */
  | { readonly kind: "rest"; readonly reason: string }
  /** What the spec asks for is not possible. The phase stays. */
  | { readonly kind: "refuse"; readonly reason: string; readonly remedy: string };

/** Decides the one next step of a migration. Pure; `reconcile` calls it until it rests or refuses. */
export function nextPhase(
  desired: DesiredState,
  actual: Phase,
  facts: LifecycleFacts,
): LifecycleStep {
  const refusal = refuse(desired, facts.mode);
  if (refusal !== null) return refusal;
  if (actual === "Completed" || actual === "Stopped") return stepFromEnded(desired, actual, facts);
  // What it writes cannot be taken back any more; half of it is worse than either end.
  if (actual === "CuttingOver" && facts.cutover.isPastReturn) return stepOfCutover(facts);
  if (desired === "stopped") {
    return transition("Stopped", `desiredState is stopped; the run ended while ${actual}`);
  }
  if (desired === "paused") return stepToPaused(actual);
  return stepTowardsCompleted(desired, actual, facts);
}

/**
 * The phase that the migration was in before it was paused or stalled, looking through pauses of stalled runs and the
 * other way round. Null where it is neither paused nor stalled.
 */
export function phaseLeft(transitions: readonly Transition[]): Phase | null {
  const newestFirst = transitions.toSorted((a, b) => b.seq - a.seq);
  let left: Phase | null = null;
  for (const { from, to } of newestFirst) {
    if (!isSuspended(to)) break;
    left = from;
    if (!isSuspended(from)) break;
  }
  return left;
}

function refuse(desired: DesiredState, mode: MigrationMode): LifecycleStep | null {
  if (desired !== "cutover" || mode !== "full") return null;
  return {
    kind: "refuse",
    reason:
      "desiredState cutover needs a change feed, and mode full has none: the copy ends by itself",
    remedy: "Set spec.desiredState to running",
  };
}

function stepFromEnded(desired: DesiredState, actual: Phase, facts: LifecycleFacts): LifecycleStep {
  if (desired === "running" && facts.reasonForRun !== null) {
    return transition("Prechecking", `a new run: ${facts.reasonForRun} since it was ${actual}`);
  }
  const reason = desired === "running" ? "the plan has no changes" : `desiredState is ${desired}`;
  return { kind: "rest", reason: `${actual}, and ${reason}` };
}

function stepToPaused(actual: Phase): LifecycleStep {
  if (actual === "Paused") return { kind: "rest", reason: "desiredState is paused" };
  const next = actual === "CuttingOver" ? "Streaming" : actual;
  return transition("Paused", `desiredState is paused; ${next} goes on when it is running`);
}

function stepTowardsCompleted(
  desired: DesiredState,
  actual: Phase,
  facts: LifecycleFacts,
): LifecycleStep {
  switch (actual) {
    case "Paused":
      return transition(phaseToResume(facts), `desiredState is ${desired} again`);
    case "Stalled":
      if (facts.obstacle !== null) return { kind: "rest", reason: facts.obstacle };
      return transition(phaseToResume(facts), "trying again");
    case "Pending":
      return transition("Prechecking", `desiredState is ${desired}`);
    case "Prechecking":
      return stepOfWork(actual, facts, facts.isPrecheckPassed, "Copying", "the precheck passed");
    case "Copying":
      return stepOfWork(
        actual,
        facts,
        facts.isCopyDone,
        facts.mode === "full" ? "Verifying" : "CatchingUp",
        "everything is copied",
      );
    case "CatchingUp":
      return stepOfWork(
        actual,
        facts,
        facts.isConsistent,
        "Streaming",
        "the destination is consistent",
      );
    case "Streaming":
      return stepOfWork(
        actual,
        facts,
        desired === "cutover" && facts.cutover.objection === null,
        "CuttingOver",
        "desiredState is cutover, and nothing speaks against it",
      );
    case "CuttingOver":
      if (desired !== "cutover") return transition("Streaming", `desiredState is ${desired} again`);
      return stepOfCutover(facts);
    case "Verifying":
      return stepOfWork(actual, facts, facts.isVerificationDone, "Completed", "verification ended");
    default:
      throw new BugError(`No step leads on from ${actual}.`);
  }
}

/** An obstacle is none of the source's or the destination's data: what cannot go on here can go on in Streaming, or stalls there. */
function stepOfCutover({ cutover, obstacle }: LifecycleFacts): LifecycleStep {
  const { failure, isDone, isPastReturn } = cutover;
  if (isDone) return transition("Completed", "the cutover is done");
  const reason = failure ?? obstacle;
  if (reason === null) return { kind: "work", phase: "CuttingOver" };
  if (isPastReturn) return transition("Stalled", reason);
  return transition("Streaming", `the cutover could not go on: ${reason}`);
}

function stepOfWork(
  phase: WorkingPhase,
  facts: LifecycleFacts,
  isDone: boolean,
  following: Phase,
  reason: string,
): LifecycleStep {
  if (facts.obstacle !== null) return transition("Stalled", facts.obstacle);
  return isDone ? transition(following, reason) : { kind: "work", phase };
}

/**
 * Anything but a phase that can be gone on with, such as a damaged history, begins with the precheck. A cutover begins again where it
 * can still be taken back.
 */
function phaseToResume(facts: LifecycleFacts): Phase {
  const left = facts.phaseLeft;
  if (left === "CuttingOver" && !facts.cutover.isPastReturn) return "Streaming";
  const canResume = left === "Pending" || (left !== null && isWorking(left));
  return canResume ? left : "Prechecking";
}

const WORKING: ReadonlySet<Phase> = new Set<WorkingPhase>([
  "Prechecking",
  "Copying",
  "Verifying",
  "CatchingUp",
  "Streaming",
  "CuttingOver",
]);

function isWorking(phase: Phase): phase is WorkingPhase {
  return WORKING.has(phase);
}

function isSuspended(phase: Phase): boolean {
  return phase === "Paused" || phase === "Stalled";
}

function transition(to: Phase, reason: string): LifecycleStep {
  return { kind: "transition", to, reason };
}
