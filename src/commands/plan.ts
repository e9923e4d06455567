import { safeJson } from "../base/safe-text.ts";
import { ExitCode } from "../base/errors.ts";
import { type Finding, isBlocked } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import { probeEnds, surveyEnds } from "../precheck/collect-facts.ts";
import { planToJson } from "../report/plan-json.ts";
import { precheckToJson } from "../report/precheck-json.ts";
import { renderPlanText } from "../report/render-plan-text.ts";
import { renderPrecheckText } from "../report/render-precheck-text.ts";
import { assessFacts, rememberPlan } from "../situation.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

export interface PlanContext extends CommandContext {
  /** Exit code 2 where the plan has changes. */
  readonly isDetailedExitCode: boolean;
}

/**
 * `mongoferry plan`: precheck and plan. The plan is remembered in the metadata database, where that can be
 * written, so that a later `apply --plan-digest` can say what has changed since.
 */
export async function runPlan(context: PlanContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  const { plan, findings } = assessFacts(migration, facts);
  const isReachable = facts.source.server !== null && facts.destination.server !== null;
  context.stdout(render(isReachable ? plan : null, findings, context));
  if (isBlocked(findings)) return ExitCode.blockedByPrecheck;
  const store = await wired.ends.connectStore();
  await rememberPlan(store, plan).catch((error: unknown) => {
    context.logger.warn("The plan could not be remembered in the metadata database", { error });
  });
  const hasChanges = plan.actions.length > 0;
  return context.isDetailedExitCode && hasChanges ? ExitCode.changesPresent : ExitCode.done;
}

function render(plan: Plan | null, findings: readonly Finding[], context: PlanContext): string {
  if (context.output === "json") {
    const precheck = precheckToJson(findings);
    return `${safeJson({ precheck, plan: plan === null ? null : planToJson(plan) }, 2)}\n`;
  }
  const needsAttention = findings.filter((finding) => finding.result !== "passed");
  const precheck = needsAttention.length === 0 ? "" : renderPrecheckText(findings, context);
  return [precheck, plan === null ? "" : renderPlanText(plan, context)]
    .filter((part) => part !== "")
    .join("\n");
}
