/** The part of a cutover behind the fence: finalizing and comparing, while nothing may change at the source. */
import { setTimeout as sleep } from "node:timers/promises";
import { mapTargets } from "../apply/applied-targets.ts";
import { CannotCutOver } from "../cutover/cannot-cut-over.ts";
import { isExplained, type NotRestored } from "../cutover/not-restored.ts";
import { listSome } from "../base/list-some.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { ClusterTime, VerificationResult } from "../model/run.ts";
import { unverified, verifiedCondition } from "../model/verification-verdict.ts";
import { beforeExpiry, deletesByItself } from "../model/while-following.ts";
import type { CollectionRecord } from "../ports.ts";
import { noteCondition, type Situation } from "../situation.ts";
import { ONCE_AT_REST, verifyObjects } from "../verify/verify-objects.ts";
import { whileNothingChanges, writtenTo } from "./behind-fence.ts";
import type { FollowedObject } from "./cut-over.ts";
import { requireSameSource } from "./require-same-source.ts";
import { retrying } from "./retrying.ts";
import type { WorkTools } from "./work.ts";

export interface CheckSteps {
  readonly runSeq: number;
  survey(): Promise<readonly FollowedObject[]>;
  /** @returns What could not be made as it is at the source. */
  finalize(followed: readonly FollowedObject[], stop: AbortSignal): Promise<readonly NotRestored[]>;
}

/** How often documents that go by themselves are given time to go on both sides. */
const TRIES = 5;
const PAUSE_MS = 2_000;

/**
 * @returns A time of the source up to which nobody has changed anything.
 * @throws CannotCutOver where somebody has, or where both ends differ.
 */
export async function checkBehindFence(
  situation: Situation,
  tools: WorkTools,
  { runSeq, survey, finalize }: CheckSteps,
): Promise<ClusterTime> {
  const { migration, store, lease } = situation;
  const checkpoint = await store.takeCheckpoint(lease, runSeq);
  if (checkpoint === null) throw new CannotCutOver("there is no checkpoint of this run");
  const source = await tools.ends.connectSource();
  const retry = retrying(tools.stop, tools.logger);
  requireSameSource(checkpoint, await retry(async () => source.readIdentity()), migration);
  const followed = await survey();
  requireAllThere(followed);
  const records = followed.flatMap(({ record }): CollectionRecord[] =>
    record === null ? [] : [record],
  );
  const objects = followed.map(({ object }) => object);
  const targets = mapTargets(objects, records);
  const fence = { checkpoint, runSeq, targets };
  let notRestored: readonly NotRestored[] = [];
  let results: readonly VerificationResult[] = [];
  const checkedUpTo = await whileNothingChanges(fence, situation, tools, async (stop) => {
    notRestored = await finalize(followed, stop);
    results = await compare(situation, { ...tools, stop }, survey);
  });
  // Only now it is known that what differs is no change that was still to be brought.
  const { mode } = migration.verification;
  situation.results = results;
  noteCondition(
    situation,
    mode === "off"
      ? unverified("verification is turned off in the spec")
      : verifiedCondition(results, mode),
  );
  refuseDifferent(results, notRestored);
  return checkedUpTo;
}

function requireAllThere(followed: readonly FollowedObject[]): void {
  const missing = followed.filter(
    ({ object, record }) =>
      object.existing === null || (object.source.kind !== "view" && record === null),
  );
  if (missing.length === 0) return;
  // Neither copied nor there: it has come at the source after the fence.
  const fresh = missing.find(({ object, record }) => record === null && object.existing === null);
  if (fresh !== undefined) throw writtenTo(formatNamespace(fresh.object.source.namespace));
  const names = missing.map(({ object }) => formatNamespace(object.source.namespace));
  throw new CannotCutOver(`what was copied of ${listSome(names)} is not at the destination`);
}

async function compare(
  { migration }: Situation,
  tools: WorkTools,
  survey: CheckSteps["survey"],
): Promise<readonly VerificationResult[]> {
  const { verification, limits } = migration;
  const { mode, sampleDocuments } = verification;
  if (mode === "off") return [];
  const objects = (await survey()).map(({ object }) => {
    const { options, indexes, source } = object;
    return { ...object, ...beforeExpiry({ options, indexes, kind: source.kind }) };
  });
  const verify = async (some: typeof objects): Promise<readonly VerificationResult[]> =>
    verifyObjects(some, {
      source: await tools.ends.connectSource(),
      destination: await tools.ends.connectDestination(),
      ...ONCE_AT_REST,
      mode,
      sampleDocuments,
      workers: limits.workers,
      signal: tools.stop,
      onCompared: () => {},
    });
  let results = await verify(objects);
  for (let attempt = 1; attempt < TRIES; attempt++) {
    const open = objects.filter(
      ({ source, target }) =>
        deletesByItself(source) &&
        results.some((result) => !result.isEqual && isOf(result, { target })),
    );
    if (open.length === 0) break;
    await sleep(PAUSE_MS, undefined, { signal: tools.stop });
    const again = await verify(open);
    results = results.map((result) => again.find((each) => isOf(each, result)) ?? result);
  }
  return results;
}

function isOf({ target }: VerificationResult, other: Pick<VerificationResult, "target">): boolean {
  return formatNamespace(target) === formatNamespace(other.target);
}

/** What could not be made as it is at the source is reported; anything else that differs is in the way. */
function refuseDifferent(
  results: readonly VerificationResult[],
  notRestored: readonly NotRestored[],
): void {
  const different = results.filter(
    (result) => !result.isEqual && !isExplained(result, notRestored),
  );
  if (different.length === 0) return;
  const names = different.map(({ target }) => formatNamespace(target));
  throw new CannotCutOver(
    `source and destination differ: ${listSome(names)}; \`mongoferry verify\` says in what`,
  );
}
