import { safeJson } from "../base/safe-text.ts";
import { ExitCode } from "../base/errors.ts";
import { isBlocked } from "../model/finding.ts";
import { probeEnds, surveyEnds } from "../precheck/collect-facts.ts";
import { runPrecheck } from "../precheck/run-precheck.ts";
import { precheckToJson } from "../report/precheck-json.ts";
import { renderPrecheckText } from "../report/render-precheck-text.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

/** `mongoferry precheck`: looks at both ends and writes nothing anywhere. */
export async function runPrecheckCommand(context: CommandContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  const findings = runPrecheck(migration, facts);
  context.stdout(
    context.output === "json"
      ? `${safeJson(precheckToJson(findings), 2)}\n`
      : renderPrecheckText(findings, context),
  );
  return isBlocked(findings) ? ExitCode.blockedByPrecheck : ExitCode.done;
}
