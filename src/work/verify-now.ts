/** Compares what a migration has brought to the destination, as both ends are now: at rest, or while changes are followed. */
import { UserError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { formatInstant } from "../base/format-quantity.ts";
import type { Migration } from "../model/migration.ts";
import { isSameNamespace } from "../model/namespace.ts";
import type { RunRecord, VerificationResult } from "../model/run.ts";
import { isKept, type SelectedObject, selectObjects } from "../model/select-objects.ts";
import type { VerificationMode } from "../model/verification.ts";
import type { LoadGate, VerificationKind } from "../ports.ts";
import {
  type Ends,
  type ProbedEnds,
  type SurveyedObjects,
  surveyObjects,
} from "../precheck/collect-facts.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { verifyObjects } from "../verify/verify-objects.ts";
import { followedObjects } from "./followed-objects.ts";
import { type KeepRequest, openRecords } from "./open-records.ts";
import { mostPerRange, paced } from "./paced-reader.ts";
import { retrying } from "./retrying.ts";

export interface VerifyNowRequest extends Pick<KeepRequest, "resumes"> {
  readonly kind: VerificationKind;
  readonly mode: Exclude<VerificationMode, "off">;
  readonly workers: number;
  /** Documents that differ listed for each collection, at most. */
  readonly limit: number;
  readonly showsValues: boolean;
}

export interface VerifyNowTools {
  readonly ends: Ends;
  readonly load: LoadGate;
  readonly probed: ProbedEnds;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** @param count - Objects compared so far, of so many. */
  onCompared(count: number, total: number): void;
}

export interface Verification {
  readonly results: readonly VerificationResult[];
  /** Whether changes were followed meanwhile. */
  readonly isFollowing: boolean;
}

export async function verifyNow(
  migration: Migration,
  run: RunRecord,
  request: VerifyNowRequest,
  tools: VerifyNowTools,
): Promise<Verification> {
  const { ends, logger, stop, probed } = tools;
  const { kind, mode, resumes } = request;
  const [source, destination, store] = await Promise.all([
    ends.connectSource(),
    ends.connectDestination(),
    ends.connectStore(),
  ]);
  const retry = retrying(stop, logger);
  const look = async (): Promise<readonly SelectedObject[]> =>
    objectsToCompare(
      migration,
      run,
      await retry(async () => surveyObjects(migration, probed, ends)),
    );
  const objects = await look();
  const { runSeq } = run;
  const basis = JSON.stringify([hashSpec(migration), runSeq, mode, isFollowed(migration, run)]);
  const kept = await openRecords({ migration: migration.name, kind, basis, resumes }, store, retry);
  if (resumes === "always" && kept.goesOnFrom === null) throw nothingToResume(migration);
  if (kept.goesOnFrom !== null) {
    logger.info(`Goes on with the comparison that began at ${formatInstant(kept.goesOnFrom)}`);
  }
  let compared = 0;
  const results = await verifyObjects(objects, {
    ...request,
    source: paced(source, tools.load),
    destination,
    sampleDocuments: migration.verification.sampleDocuments,
    records: kept.records,
    mostPerRange: mostPerRange(tools.load),
    signal: stop,
    follows: !isFollowed(migration, run)
      ? null
      : followedObjects({
          migration: migration.name,
          runSeq,
          source,
          store,
          retry,
          lookAgain: look,
          onStandstill: () => logger.warn(STANDSTILL),
        }),
    onCompared: () => {
      compared++;
      tools.onCompared(compared, objects.length);
    },
  });
  await kept.end();
  return { results, isFollowing: isFollowed(migration, run) };
}

const STANDSTILL =
  "The checkpoint has not moved for a minute, so that nobody can say which differences are only changes on their way: is `mongoferry apply` at work?";

/** Whether changes of the source are on their way to the destination. */
function isFollowed({ mode }: Migration, { phase }: RunRecord): boolean {
  return mode === "full-and-incremental" && phase === "Streaming";
}

/** All that is selected, in the form that it should have by now. What the spec leaves as it is, is nobody's copy. */
function objectsToCompare(
  migration: Migration,
  run: RunRecord,
  { facts, records }: SurveyedObjects,
): readonly SelectedObject[] {
  // What waits for the cutover has had it once the run is completed.
  const isDone = run.phase === "Completed";
  const { objects } = selectObjects(isDone ? { ...migration, mode: "full" } : migration, facts);
  return objects.filter(
    (object) =>
      !isKept(object) || records.some(({ target }) => isSameNamespace(target, object.target)),
  );
}

function nothingToResume({ name }: Migration): UserError {
  return new UserError({
    code: "nothing-to-resume",
    place: name,
    problem: "there is no interrupted comparison of this spec, run and mode",
    remedy: "Leave --resume out to begin a new one",
  });
}
