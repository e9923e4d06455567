import { safeJson } from "../base/safe-text.ts";
import type { ExitCode } from "../base/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ProgressReporter } from "../report/progress-model.ts";
import { outcomeToJson } from "../report/outcome-json.ts";
import { renderOutcomeText } from "../report/render-outcome-text.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { branchReader, specReader } from "./read-spec.ts";
import { runMigration } from "./run-migration.ts";
import { selectMigration } from "./select-migration.ts";

export interface ApplyContext extends CommandContext {
  /** The plan that was approved; null applies the plan as it is now. */
  readonly planDigest: string | null;
  createReporter(): ProgressReporter;
}

/** `mongoferry apply`: makes what the spec desires so, or goes on with it. */
export async function runApply(context: ApplyContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const readNow = branchReader(await wired.openSpecFiles(), context.cwd);
  const outcome = await runMigration(migration, {
    ...context,
    wired,
    approvedDigests: context.planDigest === null ? null : [context.planDigest],
    readSpec: specReader(migration.name, context.specPaths, readNow),
  });
  context.stdout(render(outcome, context));
  return outcome.exitCode;
}

function render(outcome: Outcome, context: ApplyContext): string {
  return context.output === "json"
    ? `${safeJson(outcomeToJson(outcome), 2)}\n`
    : renderOutcomeText(outcome, context);
}
