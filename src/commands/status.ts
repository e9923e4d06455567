import { ExitCode } from "../base/errors.ts";
import { safeJson } from "../base/safe-text.ts";
import { formatNamespace, type Namespace, parseNamespace } from "../model/namespace.ts";
import type { CollectionProgress } from "../model/run.ts";
import type { MigrationStore } from "../ports.ts";
import { readPlanActions } from "../report/plan-json.ts";
import { renderStatusText } from "../report/render-status-text.ts";
import { type Status, statusToJson } from "../report/status-json.ts";
import { wireMigration } from "../wire.ts";
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

/** Collections and totals from the plan, amounts from the partitions, states from the collections' records. */
async function readProgress(
  migration: string,
  planDigest: string | null,
  store: MigrationStore,
): Promise<readonly CollectionProgress[]> {
  const text = planDigest === null ? null : await store.loadArtifact(migration, "plan", planDigest);
  const planned = (text === null ? null : readPlanActions(text)) ?? [];
  const records = byTarget(await store.listCollectionRecords(migration));
  const amounts = byTarget(await store.sumProgress(migration));
  return planned.flatMap((action) => {
    if (action.kind !== "create-collection" && action.kind !== "replace-collection") return [];
    const source = parseNamespace(action.source);
    const target = parseNamespace(action.target);
    if (source === null || target === null) return [];
    const { documentCount, dataBytes } = action;
    const { copiedDocuments = 0, copiedBytes = 0 } = amounts.get(action.target) ?? {};
    const record = records.get(action.target);
    const state = record?.planDigest === planDigest ? record.state : "pending";
    const totals = { documentCount, dataBytes, copiedDocuments, copiedBytes };
    return [{ source, target, state, ...totals, indexShare: null }];
  });
}

function byTarget<T extends { readonly target: Namespace }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [formatNamespace(item.target), item]));
}
