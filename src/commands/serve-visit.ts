/** What `mongoferry serve` does with one migration each time it looks at it. */
import pLimit from "p-limit";
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Connection, Migration } from "../model/migration.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import type { SpecEntry, Specs, Visit } from "../serve/watched-migration.ts";
import type { VisitOutcome } from "../serve/next-visit.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import type { CommandContext } from "./command-context.ts";
import type { MergedReviews } from "./merged-review.ts";
import { openReviews } from "./open-reviews.ts";
import { NOT_APPROVED, objectionTo, reconcileOne, type SpecSource } from "./reconcile-one.ts";
import { objectionOfProblems, readTask, type Task } from "./task.ts";

export interface VisitContext extends CommandContext {
  /** Migrations worked on at the same time. */
  readonly parallel: number;
  /** Whether nothing begins without a plan that was shown in a pull request. */
  readonly isApprovalRequired: boolean;
  createReporter(context: CommandContext): ProgressReporter;
}

/** A branch may have a merge a moment before its host tells of the pull request. */
const APPROVAL_WITHIN_MS = 30_000;

export function createVisitor(
  context: VisitContext,
  specSource: SpecSource,
): (visit: Visit) => Promise<VisitOutcome> {
  // Each look connects to a destination.
  const limit = pLimit(context.parallel);
  return async ({ entry, specs, logger, stop, takePlace }) => {
    const { migration } = entry;
    const own = { ...contextIn(specs, context), logger, stop };
    const task = await limit(async () => readTask(migration, own));
    if (task === null) return { kind: "rests" };
    const objection = heldElsewhere(task) ?? objectionOfProblems(task, specs.hasProblems);
    if (objection !== null) return { kind: "waits", reason: objection };
    const reviews = await openReviews(own, connectionsOf(specs));
    const { begunWith } = task;
    if (begunWith === null && (await isApprovalToCome(migration, specs, reviews))) {
      return { kind: "waits", reason: `${NOT_APPROVED} so far; the host is asked once more` };
    }
    if (!takePlace()) {
      const reason = `it waits until less than ${context.parallel} are worked on (--parallel)`;
      return { kind: "waits", reason };
    }
    const begunAtMs = systemClock.monotonicMs();
    const result = await reconcileOne(migration, {
      ...own,
      reviews,
      begunWith,
      // It is visited again.
      waitsForLeaseMs: 0,
      createReporter: () => context.createReporter(own),
      openSpecs: async () => specSource,
    });
    return { kind: "worked", ...result, tookMs: systemClock.monotonicMs() - begunAtMs };
  };
}

/** Why work on what was approved before is not ended for a spec that asks for something else; null: it is. */
export async function objectionToChange(
  { migration }: SpecEntry,
  specs: Specs,
  context: VisitContext,
): Promise<string | null> {
  try {
    const reviews = await openReviews(contextIn(specs, context), connectionsOf(specs));
    if (await isApprovalToCome(migration, specs, reviews)) return `${NOT_APPROVED} so far`;
    if (reviews === null) return null;
    const found = await reviews.findApproval(migration.name, hashSpec(migration));
    return objectionTo(found, context.isApprovalRequired);
  } catch (error) {
    return errorMessage(error);
  }
}

/** Whoever works reads the specs of one commit, however long. */
function contextIn({ checkout }: Specs, context: VisitContext): VisitContext {
  return { ...context, cwd: checkout.root };
}

function connectionsOf({ entries }: Specs): readonly Connection[] {
  return entries.flatMap(({ migration: { source, destination } }) => [source, destination]);
}

function heldElsewhere({ heldBy }: Task): string | null {
  if (heldBy === null) return null;
  return `process ${heldBy.pid} on ${heldBy.host} works on it; this one goes on once that has ended`;
}

async function isApprovalToCome(
  migration: Migration,
  { seenAtMs }: Specs,
  reviews: MergedReviews | null,
): Promise<boolean> {
  if (reviews === null) return false;
  if (systemClock.monotonicMs() - seenAtMs > APPROVAL_WITHIN_MS) return false;
  const found = await reviews.findApproval(migration.name, hashSpec(migration));
  return found.kind !== "approved";
}
