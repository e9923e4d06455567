import { ExitCode } from "../base/errors.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { CollectionProgress } from "../model/run.ts";
import type { MigrationStore } from "../ports.ts";
import { type PlanJson } from "../report/plan-json.ts";
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
      ? `${JSON.stringify(statusToJson(status), null, 2)}\n`
      : renderStatusText(status, context),
  );
  return ExitCode.done;
}

async function readStatus(migration: string, store: MigrationStore): Promise<Status> {
  const run = await store.readRun(migration);
  const transitions = await store.listTransitions(migration);
  const progress = run === null ? [] : await readProgress(migration, run.planDigest, store);
  return { migration, run, progress, transitions, now: new Date() };
}

/** Expected totals from the plan, amounts from the partitions, states from the collections' records. */
async function readProgress(
  migration: string,
  planDigest: string | null,
  store: MigrationStore,
): Promise<readonly CollectionProgress[]> {
  const text = planDigest === null ? null : await store.loadArtifact(migration, "plan", planDigest);
  const expected = new Map(
    (text === null ? [] : (JSON.parse(text) as PlanJson).actions).flatMap((action) =>
      "documentCount" in action ? [[action.target, action] as const] : [],
    ),
  );
  const amounts = new Map(
    (await store.sumProgress(migration)).map((amount) => [formatNamespace(amount.target), amount]),
  );
  const records = await store.listCollectionRecords(migration);
  return records
    .filter((record) => record.sourceUuid !== null)
    .map(({ source, target, state }) => {
      const name = formatNamespace(target);
      const { copiedDocuments = 0, copiedBytes = 0 } = amounts.get(name) ?? {};
      const planned = expected.get(name);
      return {
        source,
        target,
        state,
        documentCount: planned?.documentCount ?? copiedDocuments,
        dataBytes: planned?.dataBytes ?? copiedBytes,
        copiedDocuments,
        copiedBytes,
      };
    });
}
