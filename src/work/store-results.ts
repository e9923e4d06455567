/** Keeps what a run has found beside its history, so that the report can be rendered whenever that is published. */
import type { StoredResults } from "../publish-state.ts";
import type { Situation } from "../situation.ts";
import { readProgress } from "./read-progress.ts";

type Found = Partial<Pick<StoredResults, "results" | "cutover">>;

/**
 * Under the digest of the run's plan. What was kept before stays where nothing new is said.
 *
 * @param found - What this step has found.
 */
export async function storeResults(
  situation: Situation,
  { specCommit }: { readonly specCommit: string | null },
  found: Found,
): Promise<void> {
  const { migration, store, plan, findings, progress } = situation;
  const run = await store.readRun(migration.name);
  const digest = run?.planDigest ?? plan.digest;
  const text = await store.loadArtifact(migration.name, "results", digest);
  const known = text === null ? null : (JSON.parse(text) as StoredResults);
  const results = found.results ?? known?.results ?? [];
  const stored: StoredResults = {
    plan,
    findings,
    cutover: null,
    // A process that follows knows the plan no more with which its run began.
    ...(known !== null && digest !== plan.digest ? known : {}),
    progress: progress.length > 0 ? progress : await readProgress(migration.name, digest, store),
    title: migration.title,
    verification: migration.verification.mode,
    ...(found.cutover === undefined ? {} : { cutover: found.cutover }),
    // Keys may be personal data, and what is stored here is committed to git for good.
    results: results.map((result) => ({ ...result, examples: [], differences: [] })),
    specCommit,
  };
  await store.saveArtifact(migration.name, "results", digest, JSON.stringify(stored));
}
