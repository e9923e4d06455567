/**
 * Puts a migration's state into the repository. The metadata database comes first and git is its projection: everything is
 * rendered from what is stored, so publishing again after a crash gives the same files.
 */
import { errorMessage, LeaseLostError } from "./base/errors.ts";
import type { Condition, RunRecord, Transition } from "./model/run.ts";
import type { StateFile } from "./model/state-commit.ts";
import type { ArtifactKind, Lease, MigrationStore, StatePublisher } from "./ports.ts";
import type { RunResult } from "./report/describe-result.ts";
import { renderResultHtml } from "./report/render-result-html.ts";
import { renderResultMarkdown } from "./report/render-result-markdown.ts";
import { renderStateFiles } from "./state/render-state-files.ts";

/** Type of the condition that tells whether the repository has the state. */
export const STATE_PUBLISHED = "StatePublished";

export interface Publication {
  readonly store: MigrationStore;
  readonly lease: Lease;
  readonly publisher: StatePublisher;
  /** Commit that the spec was read from; null without git. */
  readonly specCommit: string | null;
  /** Hides secrets. What is published passes through it anyway; a report is made of it, and so changes how they are written. */
  readonly redact: (text: string) => string;
}

/** A failure becomes a condition: git never stops a migration. */
export async function publishState(publication: Publication): Promise<Condition> {
  try {
    return { type: STATE_PUBLISHED, status: "true", message: await publish(publication) };
  } catch (error) {
    return { type: STATE_PUBLISHED, status: "false", message: errorMessage(error) };
  }
}

async function publish(publication: Publication): Promise<string> {
  const { store, lease, publisher } = publication;
  const stored = await store.readRun(lease.migration);
  if (stored === null) return "nothing has happened yet";
  const run = withoutPublication(stored);
  const commit = {
    migration: run.migration,
    subject: `mongoferry: ${run.migration} is ${run.phase}`,
    epoch: run.epoch,
    seq: run.seq,
  };
  const outcome = await publisher.publish(commit, async () => {
    await refuseIfTakenOver(store, lease);
    return renderFiles(run, publication);
  });
  await store.markPublished(lease, run.seq);
  switch (outcome.kind) {
    case "unchanged":
      return "the repository has it already";
    case "files-only":
      return outcome.notice;
    case "committed": {
      const where = `${outcome.commit.slice(0, 7)} on ${outcome.branch}`;
      const done = outcome.isPushed ? `pushed ${where}` : `committed ${where}`;
      return outcome.notice === null ? done : `${done}; ${outcome.notice}`;
    }
  }
}

/**
 * Whoever has taken the migration over publishes what has happened since, which the record read here would take back. Asked behind the
 * branch's tip: where that one has published already, this commit no longer fits the branch.
 */
async function refuseIfTakenOver(store: MigrationStore, lease: Lease): Promise<void> {
  const now = await store.readRun(lease.migration);
  if (now?.epoch === lease.epoch) return;
  throw new LeaseLostError(
    `Another run has taken ${lease.migration} over, and publishes its state`,
  );
}

async function renderFiles(
  run: RunRecord,
  { store, specCommit, redact }: Publication,
): Promise<readonly StateFile[]> {
  const { migration, planDigest } = run;
  const transitions = (await store.listTransitions(migration)).map(withoutPublication);
  const load = async (kind: ArtifactKind) =>
    planDigest === null ? null : store.loadArtifact(migration, kind, planDigest);
  const results = run.phase === "Completed" ? await load("results") : null;
  const report = results === null ? null : renderReport(redact(results), run, transitions);
  return renderStateFiles({ run, transitions, specCommit, planJson: await load("plan"), report });
}

/** Whether files were published is nothing that the same files could say. */
function withoutPublication<T extends { readonly conditions: readonly Condition[] }>(record: T): T {
  const conditions = record.conditions.filter(({ type }) => type !== STATE_PUBLISHED);
  return { ...record, conditions };
}

/** What a run found, kept as JSON beside its history. The report needs no more than text and numbers of it. */
export type StoredResults = Omit<RunResult, "run" | "transitions">;

function renderReport(
  stored: string,
  run: RunRecord,
  transitions: readonly Transition[],
): { readonly markdown: string; readonly html: string } {
  const result: RunResult = { ...(JSON.parse(stored) as StoredResults), run, transitions };
  return { markdown: renderResultMarkdown(result), html: renderResultHtml(result) };
}
