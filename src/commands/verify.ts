import { ExitCode, UserError } from "../base/errors.ts";
import { formatCount } from "../base/format-quantity.ts";
import { safeJson } from "../base/safe-text.ts";
import type { Migration } from "../model/migration.ts";
import type { Phase, RunRecord } from "../model/run.ts";
import { verdictOf } from "../model/verification-verdict.ts";
import type { VerificationMode } from "../model/verification.ts";
import { NOTHING_SEEN, type ProbedEnds, probeEnds } from "../precheck/collect-facts.ts";
import { precheckToJson } from "../report/precheck-json.ts";
import { renderPrecheckText } from "../report/render-precheck-text.ts";
import { renderVerificationText } from "../report/render-verification-text.ts";
import { type VerificationReport, verificationToJson } from "../report/verification-json.ts";
import { assessFacts } from "../situation.ts";
import { withinLimits } from "../work/keep-load.ts";
import { verifyNow, type VerifyNowRequest } from "../work/verify-now.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

export interface VerifyContext extends CommandContext {
  /** Null: as the spec says, or everything where it says `off`. */
  readonly mode: Exclude<VerificationMode, "off"> | null;
  /** Documents that differ listed for each collection, at most. */
  readonly limit: number;
  readonly showsValues: boolean;
  readonly resumes: VerifyNowRequest["resumes"];
}

/** How often a long comparison says how far it is. */
const SAY_EVERY_MS = 10_000;

/**
 * `mongoferry verify`: compares both sides, at rest or while `apply` follows. Takes no lease, and writes nothing but how far it is. Exit
 * code 1 where anything is not equal.
 */
export async function runVerify(context: VerifyContext): Promise<ExitCode> {
  const startedAt = new Date();
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  if (!probed.source.connectivity.isPassed || !probed.destination.connectivity.isPassed) {
    return unreachable(migration, probed, context);
  }
  const store = await wired.ends.connectStore();
  const run = await store.readRun(migration.name);
  requireCopied(migration, run);
  const specMode = migration.verification.mode;
  const mode = context.mode ?? (specMode === "off" ? "full" : specMode);
  const { limit, showsValues, resumes, logger, stop } = context;
  const workers = migration.limits.workers;
  const request = { kind: "command", mode, workers, limit, showsValues, resumes } as const;
  let saidAtMs = Date.now();
  const situation = { migration, store, lease: null };
  const tools = { ends: wired.ends, logger };
  const { results, isFollowing } = await withinLimits("asked-for", situation, tools, async (load) =>
    verifyNow(migration, run, request, {
      ...tools,
      load,
      probed,
      stop,
      onCompared: (count, total) => {
        if (Date.now() - saidAtMs < SAY_EVERY_MS) return;
        saidAtMs = Date.now();
        logger.info(`${formatCount(count)} of ${formatCount(total)} objects are compared`);
      },
    }),
  );
  const durationMs = Date.now() - startedAt.getTime();
  const { name } = migration;
  render({ migration: name, mode, isFollowing, startedAt, durationMs, results }, context);
  return verdictOf(results) === "equal" ? ExitCode.done : ExitCode.error;
}

/** Before, there is nothing that could be equal. */
const INCOMPLETE: ReadonlySet<Phase> = new Set(["Pending", "Prechecking", "Copying", "CatchingUp"]);

function requireCopied({ name }: Migration, run: RunRecord | null): asserts run is RunRecord {
  if (run !== null && !INCOMPLETE.has(run.phase)) return;
  throw new UserError({
    code: "not-copied",
    place: name,
    problem:
      run === null
        ? "this migration has never run, so there is nothing to compare"
        : `this migration is ${run.phase}: not everything is at the destination yet`,
    remedy: "Compare once it is Streaming or Completed; `mongoferry status` says how far it is",
  });
}

function unreachable(migration: Migration, probed: ProbedEnds, context: VerifyContext): ExitCode {
  const { findings } = assessFacts(migration, { ...probed, ...NOTHING_SEEN });
  context.stdout(
    context.output === "json"
      ? `${safeJson({ precheck: precheckToJson(findings), verification: null }, 2)}\n`
      : renderPrecheckText(findings, context),
  );
  return ExitCode.blockedByPrecheck;
}

function render(report: VerificationReport, context: VerifyContext): void {
  context.stdout(
    context.output === "json"
      ? `${safeJson({ verification: verificationToJson(report) }, 2)}\n`
      : renderVerificationText(report, context),
  );
}
