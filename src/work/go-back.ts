/**
 * The way back: what another migration has moved counts as copied by this one, and changes are followed from the end of that one's
 * cutover on. Until following has begun, each step can be done again.
 */
import { UserError } from "../base/errors.ts";
import type { Retry } from "../base/retry.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { type Ends, surveyObjects } from "../precheck/collect-facts.ts";
import type { Situation } from "../situation.ts";
import { openFeed } from "./open-feed.ts";

/** Where the changes to follow begin. */
export async function openFeedOf(
  { migration, probed }: Situation,
  ends: Ends,
  retry: Retry,
): Promise<Pick<Checkpoint, "position" | "sourceIdentity">> {
  if (migration.reverse === null) return openFeed(ends, retry);
  const { facts } = await retry(async () => surveyObjects(migration, probed, ends));
  const since = facts.origin?.since ?? null;
  if (since === null) {
    throw new UserError({
      code: "not-cut-over",
      place: migration.place,
      problem: `${migration.reverse.of} was not cut over, so that nobody knows from where to go back`,
      remedy: "Run mongoferry precheck, which says what it is",
    });
  }
  const source = await ends.connectSource();
  return {
    position: { resumeToken: new Uint8Array(), clusterTime: since },
    sourceIdentity: await retry(async () => source.readIdentity()),
  };
}

/** Records what the other migration has moved as this run's own. */
export async function takeOver(situation: Situation, ends: Ends, retry: Retry): Promise<void> {
  const { migration, probed, store, lease } = situation;
  if (migration.reverse === null) return;
  const { facts, seeds } = await retry(async () => surveyObjects(migration, probed, ends));
  const present = new Map(facts.destinationCollections.map((each) => [each.uuid, each]));
  const run = await store.readRun(migration.name);
  for (const seed of seeds) {
    // All of its indexes are this migration's to change until the next cutover.
    const indexes = present.get(seed.targetUuid)?.indexes.map(({ name }) => name) ?? [];
    const record = {
      ...seed,
      indexes,
      runSeq: run?.runSeq ?? 0,
      planDigest: situation.plan.digest,
    };
    await retry(async () => store.putCollectionRecord(lease, record));
  }
}
