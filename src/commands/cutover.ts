import { ExitCode, UserError } from "../base/errors.ts";
import { safeJson } from "../base/safe-text.ts";
import { cutoverObjection } from "../cutover/cutover-objection.ts";
import { forecastCutover } from "../cutover/forecast-cutover.ts";
import type { CutoverForecast } from "../model/cutover-forecast.ts";
import type { Migration } from "../model/migration.ts";
import { selectObjects } from "../model/select-objects.ts";
import { lastComparison } from "../model/verification-verdict.ts";
import type { MigrationStore } from "../ports.ts";
import { probeEnds, surveyObjects } from "../precheck/collect-facts.ts";
import { renderForecastText } from "../report/render-forecast-text.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

export interface CutoverContext extends CommandContext {
  readonly isDryRun: boolean;
}

/** Figures that nobody has stored for this long say nothing any more. */
const STALE_MS = 20_000;

/** `mongoferry cutover --dry-run`: what a cutover would do, and how long it would take. Writes nothing. */
export async function runCutover(context: CutoverContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  if (!context.isDryRun) throw onlyBySpec(migration);
  if (migration.mode === "full") throw withoutFollowing(migration);
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const { facts } = await surveyObjects(migration, probed, wired.ends);
  const store = await wired.ends.connectStore();
  const destination = await wired.ends.connectDestination();
  const forecast = forecastCutover({
    migration,
    ...(await readReadiness(migration, store)),
    objects: selectObjects({ ...migration, mode: "full" }, facts).objects,
    canConvert: destination.canConvert,
  });
  context.stdout(render(forecast, context));
  return forecast.objections.length === 0 ? ExitCode.done : ExitCode.blockedByPrecheck;
}

async function readReadiness(
  migration: Migration,
  store: MigrationStore,
): Promise<{ readonly objections: readonly string[]; readonly lagMs: number }> {
  const { name, cutover } = migration;
  const run = await store.readRun(name);
  if (run === null || run.phase !== "Streaming") {
    const phase = run === null ? "has not begun" : `is ${run.phase}`;
    return { objections: [`the migration ${phase}; a cutover begins from Streaming`], lagMs: 0 };
  }
  const checkpoint = await store.readCheckpoint(name, run.runSeq);
  const figures = checkpoint?.figures ?? null;
  const isStale = figures === null || Date.now() - figures.at.getTime() > STALE_MS;
  const objection = cutoverObjection({
    record: await store.readCutover(name, run.runSeq),
    compared: lastComparison(migration, run.conditions),
    lagMs: isStale ? null : figures.lagMs,
    maxLagMs: cutover.maxLagMs,
  });
  return { objections: objection === null ? [] : [objection], lagMs: figures?.lagMs ?? 0 };
}

function render(forecast: CutoverForecast, context: CutoverContext): string {
  return context.output === "json"
    ? `${safeJson({ cutover: forecast }, 2)}\n`
    : renderForecastText(forecast, context);
}

function onlyBySpec({ place }: Migration): UserError {
  return new UserError({
    code: "cutover-by-spec",
    place,
    problem: "a cutover is asked for in the spec, so that it is reviewed like everything else",
    remedy:
      "See what it would do with `mongoferry cutover --dry-run`, then set desiredState: cutover; the process that follows obeys, or the next apply",
  });
}

function withoutFollowing({ place }: Migration): UserError {
  return new UserError({
    code: "no-cutover",
    place,
    problem: "mode full follows no changes, and so has no cutover: it ends by itself",
    remedy: "Switch the application over once it is Completed, or set mode: full-and-incremental",
  });
}
