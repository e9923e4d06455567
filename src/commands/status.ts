import { ExitCode } from "../base/errors.ts";
import { safeJson } from "../base/safe-text.ts";
import type { MigrationStore } from "../ports.ts";
import { renderStatusText } from "../report/render-status-text.ts";
import { type Status, statusToJson } from "../report/status-json.ts";
import { wireMigration } from "../wire.ts";
import { readProgress } from "../work/read-progress.ts";
import type { CommandContext } from "./command-context.ts";
import { selectMigration } from "./select-migration.ts";

/** `mongoferry status`: what the metadata database says, also while another process works. Needs only the destination. */
export async function runStatus(context: CommandContext): Promise<ExitCode> {
  const migration = await selectMigration(context);
  await using wired = wireMigration(migration, context);
  const status = await readStatus(migration.name, await wired.ends.connectStore());
  context.stdout(
    context.output === "json"
      ? `${safeJson(statusToJson(status), 2)}\n`
      : renderStatusText(status, context),
  );
  return ExitCode.done;
}

async function readStatus(migration: string, store: MigrationStore): Promise<Status> {
  const run = await store.readRun(migration);
  const transitions = await store.listTransitions(migration);
  const progress = run === null ? [] : await readProgress(migration, run.planDigest, store);
  const checkpoint = run === null ? null : await store.readCheckpoint(migration, run.runSeq);
  return { migration, run, progress, transitions, checkpoint, now: new Date() };
}
