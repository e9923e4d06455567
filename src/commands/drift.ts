import { ExitCode, UserError } from "../base/errors.ts";
import { safeJson } from "../base/safe-text.ts";
import type { Drift } from "../model/drift.ts";
import type { Migration } from "../model/migration.ts";
import type { RunRecord } from "../model/run.ts";
import { detectDrift } from "../plan/detect-drift.ts";
import { probeEnds, surveyEnds } from "../precheck/collect-facts.ts";
import { driftToJson } from "../report/drift-json.ts";
import { precheckToJson } from "../report/precheck-json.ts";
import { renderDriftText } from "../report/render-drift-text.ts";
import { renderPrecheckText } from "../report/render-precheck-text.ts";
import { assessFacts } from "../situation.ts";
import { wireMigration } from "../wire.ts";
import type { PlanContext } from "./plan.ts";
import { selectMigration } from "./select-migration.ts";

/** `mongoferry plan --drift`: what differs since the migration completed. Reads definitions and counts; writes nothing. */
export async function runDrift(context: PlanContext): Promise<ExitCode> {
  // What waits for the cutover while changes are followed has had it once the migration is completed.
  const migration = { ...(await selectMigration(context)), mode: "full" as const };
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  if (facts.source.server === null || facts.destination.server === null) {
    const { findings } = assessFacts(migration, facts);
    context.stdout(
      context.output === "json"
        ? `${safeJson({ precheck: precheckToJson(findings), drift: null }, 2)}\n`
        : renderPrecheckText(findings, context),
    );
    return ExitCode.blockedByPrecheck;
  }
  const run = await (await wired.ends.connectStore()).readRun(migration.name);
  const drift = detectDrift(migration, facts, completedSince(migration, run));
  context.stdout(render(drift, context));
  const hasDrifted = drift.items.length > 0;
  return context.isDetailedExitCode && hasDrifted ? ExitCode.changesPresent : ExitCode.done;
}

function completedSince({ name }: Migration, run: RunRecord | null): Date {
  if (run?.phase === "Completed") return run.since;
  throw new UserError({
    code: "not-completed",
    place: name,
    problem:
      run === null
        ? "this migration has never run, so nothing can have drifted"
        : `this migration is ${run.phase}; drift is what differs after it has Completed`,
    remedy: "See what is still to be done with `mongoferry plan`, and apply it first",
  });
}

function render(drift: Drift, context: PlanContext): string {
  return context.output === "json"
    ? `${safeJson({ drift: driftToJson(drift) }, 2)}\n`
    : renderDriftText(drift, context);
}
