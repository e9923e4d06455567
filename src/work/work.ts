/** The work of each phase. What a phase decides is pure and lives with the phase; this only connects it. */
import { ExitCode, errorMessage, LeaseLostError, OperationError } from "../base/errors.ts";
import { copyPlan } from "./copy-plan.ts";
import { cutOver } from "./cut-over.ts";
import { follow, type FollowTools } from "./follow.ts";
import { isBlocked } from "../model/finding.ts";
import type { CollectionProgress } from "../model/run.ts";
import type { Situation } from "../situation.ts";
import type { WorkingPhase } from "../state/lifecycle.ts";
import { storeResults } from "./store-results.ts";
import { verifyingBeside } from "./verify-continuously.ts";
import { verifyPlan } from "./verify-plan.ts";

export interface WorkTools extends FollowTools {
  /** Commit that the spec was read from; null without git. */
  readonly specCommit: string | null;
  /** Called once for each copy; what the function returns changes while it runs. */
  onCopying(snapshot: () => readonly CollectionProgress[]): void;
  onCopied(): void;
}

/** Does a phase's work. What cannot be got past becomes an obstacle; the lifecycle decides what that means. */
export async function work(
  phase: WorkingPhase,
  situation: Situation,
  tools: WorkTools,
): Promise<void> {
  try {
    if (phase === "Prechecking") precheck(situation);
    else if (!isFollowed(situation) && isBlocked(situation.findings)) blocked(situation);
    else await workOn(phase, situation, tools);
    if (situation.obstacle === null && situation.cutoverFailure === null) situation.done.add(phase);
  } catch (error) {
    if (tools.stop.aborted) return;
    if (error instanceof LeaseLostError || situation.lease.signal.aborted) throw error;
    tools.logger.error(`${errorMessage(error)}${keyOf(error)}`, { error });
    situation.obstacle = { reason: errorMessage(error), exitCode: ExitCode.error };
  }
}

async function workOn(
  phase: Exclude<WorkingPhase, "Prechecking">,
  situation: Situation,
  tools: WorkTools,
): Promise<void> {
  switch (phase) {
    case "Copying":
      await copyPlan(situation, tools);
      // By the time of the cutover, no process may know the plan any more with which it began.
      if (isFollowed(situation)) await storeResults(situation, tools, {});
      return;
    case "CatchingUp":
      return follow("consistent", situation, tools);
    case "Streaming":
      return verifyingBeside(situation, tools, async () => follow("stopped", situation, tools));
    case "CuttingOver":
      return cutOver(situation, tools);
    case "Verifying":
      return verifyPlan(situation, tools);
  }
}

/**
 * What the precheck finds before the copy may be otherwise while changes are followed: a collection that the spec names is dropped
 * at the source, say. What then is in the way is found where it is met.
 */
function isFollowed({ migration }: Situation): boolean {
  return migration.mode === "full-and-incremental";
}

/** The log may show the key of a document; the reason, which is committed, may not. */
function keyOf(error: unknown): string {
  const key = error instanceof OperationError ? error.key : null;
  return key === null ? "" : ` (the document with _id ${key})`;
}

function precheck(situation: Situation): void {
  if (isBlocked(situation.findings)) blocked(situation);
}

function blocked(situation: Situation): void {
  const failed = situation.findings.filter((finding) => finding.result === "failed");
  situation.obstacle = {
    reason: `the precheck failed: ${failed.map(({ rule, message, remedy }) => `${rule}: ${message}. ${remedy}`).join("; ")}`,
    exitCode: ExitCode.blockedByPrecheck,
  };
}
