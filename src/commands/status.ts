import { ExitCode } from "../base/errors.ts";
import { safeJson } from "../base/safe-text.ts";
import type { Migration } from "../model/migration.ts";
import type { MigrationStore } from "../ports.ts";
import { loadOf } from "../report/load-status.ts";
import { renderStatusText } from "../report/render-status-text.ts";
import { type Status, statusToJson } from "../report/status-json.ts";
import { parseLimitChanges } from "../spec/limit-settings.ts";
import { wireMigration } from "../wire.ts";
import { readProgress } from "../work/read-progress.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

export interface StatusContext extends CommandContext {
  /** Limits to set before, each as `limits.NAME=VALUE`. */
  readonly set: readonly string[];
  /** Limits that are to be as the spec says again, each as `limits.NAME`. */
  readonly unset: readonly string[];
}

/** `mongoferry status`: what the metadata database says, also while another process works. Needs only the destination. */
export async function runStatus(context: StatusContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  const changes = parseLimitChanges(context.set, context.unset);
  await using wired = wireMigration(migration, context);
  const store = await wired.ends.connectStore();
  if (Object.keys(changes).length > 0) await store.changeLimitOverrides(migration.name, changes);
  const status = await readStatus(migration, store);
  context.stdout(
    context.output === "json"
      ? `${safeJson(statusToJson(status), 2)}\n`
      : renderStatusText(status, context),
  );
  return ExitCode.done;
}

async function readStatus(
  { name: migration, limits }: Migration,
  store: MigrationStore,
): Promise<Status> {
  const run = await store.readRun(migration);
  const transitions = await store.listTransitions(migration);
  const progress = run === null ? [] : await readProgress(migration, run.planDigest, store);
  const checkpoint = run === null ? null : await store.readCheckpoint(migration, run.runSeq);
  const now = new Date();
  const overrides = await store.readLimitOverrides(migration);
  const load = loadOf({ limits, overrides, load: await store.readLoad(migration), now });
  return { migration, run, progress, transitions, checkpoint, load, now };
}
