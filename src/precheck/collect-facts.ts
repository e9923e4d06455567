/** Looks at both ends; precheck and plan then decide on what was seen. */
import pLimit from "p-limit";
import type { DeploymentFacts, Facts, FilterRefusal } from "../model/facts.ts";
import { exactName } from "../model/glob.ts";
import type { Migration } from "../model/migration.ts";
import { hasEnded } from "../model/run.ts";
import {
  type SelectedObject,
  selectedDatabases,
  selectObjects,
  targetDatabases,
} from "../model/select-objects.ts";
import type {
  ChangeFeed,
  CollectionRecord,
  ConnectivityProbe,
  DestinationDeployment,
  MigrationStore,
  SourceDeployment,
} from "../ports.ts";
import { readOrigin } from "./read-origin.ts";
import { objectsToMake } from "./rule.ts";

/** The two ends of a migration. They are connected only after their connectivity test has passed. */
export interface Ends {
  readonly sourceProbe: ConnectivityProbe;
  readonly destinationProbe: ConnectivityProbe;
  connectSource(): Promise<SourceDeployment>;
  /** The source's changes. */
  connectFeed(): Promise<ChangeFeed>;
  connectDestination(): Promise<DestinationDeployment>;
  connectStore(): Promise<MigrationStore>;
  /** Where the migration that this one goes back behind keeps its state; only for such ones. */
  connectOriginStore(): Promise<MigrationStore>;
}

/** What the connectivity test found. */
export interface ProbedEnds {
  readonly source: DeploymentFacts;
  readonly destination: DeploymentFacts;
  readonly sourceDatabases: readonly string[];
}

export async function probeEnds(
  migration: Migration,
  ends: Ends,
  signal: AbortSignal,
): Promise<ProbedEnds> {
  const named = migration.objects.flatMap(({ database }) => exactName(database) ?? []);
  const source = await ends.sourceProbe.probe(named, signal);
  const sourceDatabases = source.connectivity.isPassed
    ? await (await ends.connectSource()).listDatabases()
    : [];
  const targets = targetDatabases(migration, sourceDatabases);
  const destination = await ends.destinationProbe.probe(targets, signal);
  return { source, destination, sourceDatabases };
}

/** Reads what both ends hold; where one of them cannot be reached there is nothing to read. */
export async function surveyEnds(
  migration: Migration,
  probed: ProbedEnds,
  ends: Ends,
): Promise<Facts> {
  const { source, destination } = probed;
  if (!source.connectivity.isPassed || !destination.connectivity.isPassed) {
    return { ...probed, ...NOTHING_SEEN };
  }
  const { facts } = await surveyObjects(migration, probed, ends);
  const reader = await ends.connectSource();
  const objects = objectsToMake({ selected: selectObjects(migration, facts) });
  const [filterRefusals, leftBehind] = await Promise.all([
    tryFilters(objects, reader),
    reader.readLeftBehind(objects.map((object) => object.source)),
  ]);
  return { ...facts, filterRefusals, leftBehind };
}

export interface SurveyedObjects {
  /** Without what only the precheck asks for. */
  readonly facts: Facts;
  readonly records: readonly CollectionRecord[];
  /** Of a migration that goes back and has not begun to: what stands at its destination already. */
  readonly seeds: readonly CollectionRecord[];
}

/** Reads what both ends have of the selection by now. */
export async function surveyObjects(
  migration: Migration,
  probed: ProbedEnds,
  ends: Ends,
): Promise<SurveyedObjects> {
  const [reader, writer, store] = await Promise.all([
    ends.connectSource(),
    ends.connectDestination(),
    ends.connectStore(),
  ]);
  const sourceDatabases = await reader.listDatabases();
  const [run, records] = await Promise.all([
    store.readRun(migration.name),
    store.listCollectionRecords(migration.name),
  ]);
  // What was made before has to be found also where its database is not meant any more, or has been dropped at the source.
  const made = records.filter(({ runSeq }) => runSeq === run?.runSeq);
  const selected = selectedDatabases(migration, sourceDatabases);
  // A list of databases leaves out those that the account has lost its rights on. They are not gone: asked by name, the server says so.
  const sources = made.map(({ source }) => source.db);
  const named = migration.objects.flatMap(({ database }) => exactName(database) ?? []);
  const targets = targetDatabases(migration, sourceDatabases);
  const written = [...new Set([...targets, ...made.map(({ target }) => target.db)])].toSorted();
  const [sourceCollections, held, foreignTargets] = await Promise.all([
    reader.listCollections([...new Set([...selected, ...named, ...sources])].toSorted()),
    surveyTargets(writer, written, made),
    store.listForeignTargets(migration.name, targets),
  ]);
  const hasRun = run !== null && !hasEnded(run.phase);
  // What an earlier run has followed to its end may be in use by now, and differs from the source: it is nobody's to drop.
  const isOwn = ({ isComplete, runSeq }: CollectionRecord): boolean =>
    migration.mode === "full" || !isComplete || (hasRun && runSeq === run.runSeq);
  const back = await readOrigin(migration, run, records, ends);
  const facts = {
    ...probed,
    ...NOTHING_SEEN,
    sourceDatabases,
    sourceCollections,
    ...held,
    ownedTargets: [...records.filter(isOwn), ...back.seeds],
    origin: back.origin,
    foreignTargets,
    runDigest: hasRun ? run.planDigest : null,
  };
  return { facts, records, seeds: back.seeds };
}

/** Filters under way at a time. */
const FILTERS_AT_ONCE = 8;

/** Found now, a filter that the server refuses does not end a copy in its middle. */
async function tryFilters(
  objects: readonly SelectedObject[],
  reader: Pick<SourceDeployment, "tryFilter">,
): Promise<readonly FilterRefusal[]> {
  const tried = await pLimit(FILTERS_AT_ONCE).map([...objects], async ({ source, filter }) => {
    const reason =
      filter === null || source.kind !== "collection"
        ? null
        : await reader.tryFilter(source.namespace, filter);
    return reason === null ? [] : [{ source: source.namespace, reason }];
  });
  return tried.flat();
}

async function surveyTargets(
  writer: DestinationDeployment,
  targets: readonly string[],
  made: readonly CollectionRecord[],
): Promise<Pick<Facts, "destinationDatabases" | "destinationCollections">> {
  const destinationDatabases = await writer.listDatabases();
  const known = new Set([...destinationDatabases, ...made.map(({ target }) => target.db)]);
  const present = targets.filter((name) => known.has(name));
  return { destinationDatabases, destinationCollections: await writer.listCollections(present) };
}

/** The facts that are missing while an end cannot be reached. */
export const NOTHING_SEEN = {
  sourceCollections: [],
  destinationDatabases: [],
  destinationCollections: [],
  ownedTargets: [],
  filterRefusals: [],
  foreignTargets: [],
  origin: null,
  leftBehind: { users: null, roleCount: null, searchIndexes: null },
  runDigest: null,
};
