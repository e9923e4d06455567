/** What the end of a process is called: for people, and as an exit code. */
import { ExitCode } from "../base/errors.ts";
import { isBlocked } from "../model/finding.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Condition, Phase } from "../model/run.ts";
import type { Situation } from "../situation.ts";
import { INDEXES_BUILT } from "./copy-plan.ts";
import { FINALIZED } from "./cut-over.ts";
import { CUTOVER } from "./cutover-facts.ts";

/** The outcome of a process after which nothing is left to do, or nothing that it can do. */
export function atRest(situation: Situation, phase: Phase, reason: string): Outcome {
  const { migration, findings, results, conditions, obstacle, indexFailures } = situation;
  const verified = conditions.find((condition) => condition.type === "Verified");
  const isDifferent = phase === "Completed" && verified?.status === "false";
  const built = conditions.find((condition) => condition.type === INDEXES_BUILT);
  const hasFailures = phase === "Completed" && built?.status === "false";
  const finalized = conditions.find((condition) => condition.type === FINALIZED);
  const isUnlike = phase === "Completed" && finalized?.status === "false";
  // An ended migration has nothing to do, but what the spec desires now may still be impossible.
  const isBlockedNow = migration.desiredState === "running" && isBlocked(findings);
  const why =
    obstacle?.reason ??
    (isBlockedNow ? "the precheck fails now" : (completedReason(situation, phase) ?? reason));
  const message = isUnlike
    ? `Cut over, but ${finalized.message}. Put it right by hand; everything else is as at the source`
    : hasFailures
      ? completedWithFailures(built, verified)
      : isDifferent
        ? `Completed, but ${verified.message}. A full migration is exact only while nothing writes to the source. ` +
          "To copy an object again, drop it at the destination and apply again"
        : why.startsWith(phase)
          ? why
          : `${phase}: ${why}`;
  const exitCode = isBlockedNow
    ? ExitCode.blockedByPrecheck
    : (obstacle?.exitCode ??
      (isUnlike || isDifferent || hasFailures ? ExitCode.error : ExitCode.done));
  return { phase, exitCode, message, findings, plan: situation.plan, results, indexFailures };
}

function completedReason({ done, conditions }: Situation, phase: Phase): string | null {
  if (phase !== "Completed") return null;
  if (done.has("CuttingOver")) {
    return conditions.find(({ type }) => type === CUTOVER)?.message ?? null;
  }
  if (!done.has("Verifying")) return null;
  return conditions.find((condition) => condition.type === "Verified")?.message ?? null;
}

/** The comparison names a missing index once more, so that it says here what else there is. */
function completedWithFailures(built: Condition, verified: Condition | undefined): string {
  const compared = verified === undefined ? "" : ` Comparison: ${verified.message}.`;
  return (
    `Completed with failures: ${built.message}. Everything else is copied.${compared} ` +
    "Remove what is in the way, at the destination too, and apply again: only these indexes are built then"
  );
}

/** The outcome of a process that was told to stop. */
export function interrupted(
  { migration, plan, findings, results, indexFailures }: Situation,
  phase: Phase,
): Outcome {
  const mayBeBlocked = phase === "CuttingOver" && migration.cutover.blockSourceWrites;
  const blocked = mayBeBlocked ? `; until then ${migration.source.name} refuses writes` : "";
  return {
    phase,
    exitCode: ExitCode.interrupted,
    message: `Interrupted while ${phase}; what is copied is kept. The same command goes on from there${blocked}`,
    findings,
    plan,
    results,
    indexFailures,
  };
}
