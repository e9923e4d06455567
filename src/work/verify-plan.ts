/** Compares what a plan has copied with the source. */
import { formatNamespace, type Namespace } from "../model/namespace.ts";
import type { PlannedObject } from "../model/plan.ts";
import type { VerificationResult } from "../model/run.ts";
import { type SelectedObject, selectObjects } from "../model/select-objects.ts";
import { unverified, VERIFIED, verifiedCondition } from "../model/verification-verdict.ts";
import { surveyEnds } from "../precheck/collect-facts.ts";
import { mostPerRange, paced } from "./paced-reader.ts";
import { type KeptComparison, openRecords } from "./open-records.ts";
import { retrying } from "./retrying.ts";
import { storeResults } from "./store-results.ts";
import { noteCondition, type Situation } from "../situation.ts";
import { ONCE_AT_REST, verifyObjects } from "../verify/verify-objects.ts";
import type { WorkTools } from "./work.ts";

export async function verifyPlan(situation: Situation, tools: WorkTools): Promise<void> {
  const { migration, plan } = situation;
  const { mode } = migration.verification;
  if (mode === "off") {
    noteCondition(situation, unverified("verification is turned off in the spec"));
    await storeResults(situation, tools, { results: [] });
    return;
  }
  const facts = await retrying(
    tools.stop,
    tools.logger,
  )(async () => surveyEnds(migration, situation.probed, tools.ends));
  const selected = selectObjects(migration, facts).objects;
  const present = new Set(selected.map(namesOf));
  // A collection is named by each of its indexes too, and by nothing else where only those are built.
  const planned = new Map(plan.actions.map((action) => [namesOf(action), action]));
  const open = await targetsToCompare(situation);
  const objects = selected.filter(
    (object) => planned.has(namesOf(object)) || (object.owned !== null && open(object.target)),
  );
  const kept = await keptComparison(situation, tools);
  const gone = [...planned].filter(([names]) => !present.has(names)).map(([, action]) => action);
  const compared = await verifyObjects(objects, {
    source: paced(await tools.ends.connectSource(), tools.load),
    destination: await tools.ends.connectDestination(),
    ...ONCE_AT_REST,
    mode,
    sampleDocuments: migration.verification.sampleDocuments,
    records: kept.records,
    mostPerRange: mostPerRange(tools.load),
    workers: tools.load.workers,
    signal: AbortSignal.any([tools.stop, situation.lease.signal]),
    onCompared: (result) => {
      const outcome = result.isEqual ? "equal" : "DIFFERENT";
      tools.logger.debug(`${formatNamespace(result.target)}: ${outcome}`);
    },
  });
  situation.results = [...compared, ...gone.map(goneFromSource)];
  noteCondition(situation, verifiedCondition(situation.results, mode));
  await storeResults(situation, tools, { results: situation.results });
  await kept.end();
}

/** An interrupted comparison of the same plan in the same run is gone on with. */
async function keptComparison(
  { migration, store, plan }: Situation,
  { stop, logger }: WorkTools,
): Promise<KeptComparison> {
  const run = await store.readRun(migration.name);
  const basis = JSON.stringify([plan.digest, run?.runSeq, migration.verification.mode]);
  const request = { migration: migration.name, kind: "run", basis, resumes: "recent" } as const;
  return openRecords(request, store, retrying(stop, logger));
}

/**
 * Besides what is planned now: what this run copied under a plan that has changed since, and, where the last comparison found
 * differences, everything, so that a verdict is never replaced by one on less.
 */
async function targetsToCompare({
  migration,
  store,
  conditions,
}: Situation): Promise<(target: Namespace) => boolean> {
  const wasDifferent = conditions.some(
    ({ type, status }) => type === VERIFIED && status === "false",
  );
  const run = await store.readRun(migration.name);
  const records = await store.listCollectionRecords(migration.name);
  const open = records.filter(({ runSeq }) => wasDifferent || runSeq === run?.runSeq);
  const names = new Set(open.map(({ target }) => formatNamespace(target)));
  return (target) => names.has(formatNamespace(target));
}

function namesOf({ source, target }: SelectedObject | PlannedObject): string {
  const from = "namespace" in source ? source.namespace : source;
  return JSON.stringify([formatNamespace(from), formatNamespace(target)]);
}

/** What was planned and cannot be compared is never equal. */
function goneFromSource({ source, target }: PlannedObject): VerificationResult {
  return {
    source,
    target,
    sourceDocuments: 0,
    targetDocuments: 0,
    differingDocuments: null,
    missingDocuments: null,
    extraDocuments: null,
    undecidedDocuments: null,
    examples: [],
    differences: [],
    optionDifferences: [`${formatNamespace(source)} is not at the source any more`],
    indexDifferences: [],
    isEqual: false,
  };
}
