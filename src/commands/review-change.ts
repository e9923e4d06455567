/** What a change of one migration would do, for its review. */
import { errorMessage } from "../base/errors.ts";
import { changeRequestOf, jobUrl } from "../model/ci-job.ts";
import { isToWork, type Migration } from "../model/migration.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import type { Review, ReviewFinding, Standing } from "../model/review.ts";
import { hasEnded } from "../model/run.ts";
import { probeEnds, surveyEnds } from "../precheck/collect-facts.ts";
import { standstill } from "../report/describe-standstill.ts";
import { assessFacts, rememberPlan } from "../situation.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { wireMigration } from "../wire.ts";
import { readProgress } from "../work/read-progress.ts";
import type { CommandContext } from "./command-context.ts";

type KnownChange = Exclude<MigrationChange, { readonly kind: "deleted" }>;

/**
 * @param migration - As it is behind the change; null where it is deleted.
 * @param head - Commit that is looked at; null where nobody knows.
 */
export async function reviewChange(
  change: MigrationChange,
  migration: Migration | null,
  head: string | null,
  context: CommandContext,
): Promise<Review> {
  const { env, redactor } = context;
  const base = {
    migration: change.name,
    change: change.kind,
    head: changeRequestOf(env)?.headCommit ?? head,
    runUrl: jobUrl(env),
  };
  if (change.kind === "deleted" || migration === null) {
    const rest = { settings: [], desiredState: null, desiredBefore: null, specHash: null } as const;
    return { ...base, ...rest, finding: { kind: "deleted" }, standing: null };
  }
  const finding = await find(change, migration, context);
  const review: Review = {
    ...base,
    settings: change.settings,
    desiredState: migration.desiredState,
    desiredBefore: change.before?.desiredState ?? null,
    finding,
    standing: isLookedAt(finding) ? await readStanding(change, migration, context) : null,
    specHash: hashSpec(migration),
  };
  // Before it is rendered: escaping would hide what is to be redacted.
  return redactor.redactAll(review, NAMES_AND_HASHES);
}

/** Whether secrets may be used, and have been where they are needed. */
function isLookedAt({ kind }: ReviewFinding): boolean {
  return kind === "settings-only" || kind === "planned";
}

/** They stand in the repository, and approvals are known by them. */
const NAMES_AND_HASHES: ReadonlySet<string> = new Set(["migration", "head", "specHash", "digest"]);

async function find(
  change: KnownChange,
  migration: Migration,
  context: CommandContext,
): Promise<ReviewFinding> {
  // A pull request could send what is secret to another host.
  if (change.untrusted.length > 0) return { kind: "untrusted", connections: change.untrusted };
  const isStarted =
    isToWork(migration.desiredState) && !isToWork(change.before?.desiredState ?? "running");
  if (change.kind === "settings" && !isStarted) return { kind: "settings-only" };
  try {
    return await plan(change, migration, context);
  } catch (error) {
    context.stop.throwIfAborted();
    return { kind: "failed", reason: errorMessage(error) };
  }
}

async function plan(
  { isStoreKnown }: KnownChange,
  migration: Migration,
  context: CommandContext,
): Promise<ReviewFinding> {
  await using wired = wireMigration(migration, context);
  const probed = await probeEnds(migration, wired.ends, context.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  const { plan: made, findings } = assessFacts(migration, facts);
  const isReachable = facts.source.server !== null && facts.destination.server !== null;
  if (!isReachable) return { kind: "planned", plan: null, findings };
  if (isStoreKnown) {
    const store = await wired.ends.connectStore();
    await rememberPlan(store, made).catch((error: unknown) => {
      context.logger.warn("The plan could not be remembered in the metadata database", { error });
    });
  }
  return { kind: "planned", plan: made, findings };
}

/** Whoever merges an end of the work is told where it is. Not being able to say so keeps nobody from stopping. */
async function readStanding(
  change: KnownChange,
  migration: Migration,
  context: CommandContext,
): Promise<Standing | null> {
  const isLeft = change.kind === "settings" && migration.desiredState !== "running";
  if (!isLeft || change.before?.desiredState === migration.desiredState) return null;
  try {
    await using wired = wireMigration(migration, context);
    const store = await wired.ends.connectStore();
    const run = await store.readRun(migration.name);
    if (run === null || hasEnded(run.phase)) return null;
    const { phase, planDigest, runSeq } = run;
    const progress = await readProgress(migration.name, planDigest, store);
    const checkpoint = await store.readCheckpoint(migration.name, runSeq);
    const { mode } = migration;
    return { phase, lacks: standstill({ left: phase, mode, progress, checkpoint }) };
  } catch (error) {
    context.stop.throwIfAborted();
    context.logger.warn(`How far ${migration.name} is cannot be read: ${errorMessage(error)}`);
    return null;
  }
}
