/** Desired objects against what the destination has: the plan. Pure. */
import { hasSameOptions } from "../model/compare-definitions.ts";
import type { CollectionFacts, Facts } from "../model/facts.ts";
import { estimateCost } from "../model/costs.ts";
import { estimateCopy } from "../model/estimate-copy.ts";
import { desiredIndexes, ID_INDEX } from "../model/implicit-indexes.ts";
import type { Migration } from "../model/migration.ts";
import { compareNamespaces, compareText } from "../model/namespace.ts";
import { isCollectionAction, type Plan, type PlanAction } from "../model/plan.ts";
import { releaseOf } from "../model/release.ts";
import { desiredDefinition, type SelectedObject, selectObjects } from "../model/select-objects.ts";
import { describeEnds } from "./describe-ends.ts";
import { digestPlan } from "./digest.ts";
import { diffDatabases, diffObjects } from "./diff-objects.ts";
import { judgeObject, type Verdict } from "./judge-object.ts";
import { driftWarnings, listWarnings, unfinishedWarnings } from "./warnings.ts";

export interface PlanInput {
  readonly migration: Migration;
  readonly facts: Facts;
  /** Canonical text of the part of the spec that an approval covers. */
  readonly normalizedSpec: string;
}

/**
 * While a run is in progress, what it has made so far counts as still to be made, so that its plan stays the one that was
 * approved, whenever it is looked at. Where that plan no longer holds, the spec or a deployment has changed: then what is
 * complete stays, and a new plan is made for the rest.
 */
export function buildPlan(input: PlanInput): Plan {
  const { runDigest } = input.facts;
  if (runDigest === null) return assemblePlan(input, null);
  const ongoing = assemblePlan(input, runDigest);
  return ongoing.digest === runDigest ? ongoing : assemblePlan(input, null);
}

function assemblePlan(
  { migration, facts, normalizedSpec }: PlanInput,
  runDigest: string | null,
): Plan {
  const { objects, skipped } = selectObjects(migration, facts);
  const decided = objects.map((object) => ({ object, verdict: judgeObject(object, runDigest) }));
  const having = (verdict: Verdict): readonly SelectedObject[] =>
    decided.filter((item) => item.verdict === verdict).map((item) => item.object);
  const actions = [
    ...having("do").flatMap((object) => actionsFor(object, runDigest)),
    ...having("unchanged").flatMap((object) => indexesToRepair(object, runDigest)),
  ].toSorted(compareActions);
  const { server } = facts.destination;
  const diff = {
    decided,
    actions,
    skipped,
    destinationDatabases: facts.destinationDatabases,
    destinationRelease: server === null ? "" : releaseOf(server),
  };
  const changes = diffObjects(diff);
  const estimate = estimateCopy(actions.filter(isCollectionAction), migration.limits);
  return {
    migration: migration.name,
    ...describeEnds(migration, facts),
    digest: digestPlan(actions, normalizedSpec, having("kept")),
    actions,
    databases: diffDatabases(diff),
    objects: changes,
    warnings: [
      ...listWarnings(migration, actions, having("do")),
      ...unfinishedWarnings(having("do"), facts.runDigest),
      ...driftWarnings(changes),
    ],
    estimate,
    cost: estimateCost(migration, estimate),
  };
}

function actionsFor(object: SelectedObject, runDigest: string | null): PlanAction[] {
  const { source, target } = object;
  const replaces = whatIsReplaced(object, runDigest);
  const names = { source: source.namespace, target };
  if (source.kind === "view") {
    const kind = replaces === null ? "create-view" : "replace-view";
    const isInPlace = object.owned !== null;
    return [{ kind, ...names, options: object.options, isInPlace }];
  }
  // That one is made with the collection.
  const indexes = desiredIndexes(desiredDefinition(object)).filter(({ name }) => name !== ID_INDEX);
  return [
    {
      kind: replaces === null ? "create-collection" : "replace-collection",
      ...names,
      sourceUuid: source.uuid ?? "",
      options: object.options,
      filter: object.filter,
      documentCount: source.documentCount,
      dataBytes: source.dataBytes,
      indexBytes: source.indexBytes,
      replaces,
      isResumable:
        object.owned !== null &&
        object.owned.filter === object.filter &&
        object.existing !== null &&
        hasSameOptions(object.existing, object),
      existingUuid: object.existing?.uuid ?? null,
    },
    ...indexes.map(
      (index) => ({ kind: "create-index", ...names, index: index.name, spec: index.spec }) as const,
    ),
  ];
}

/** What a complete copy lacks because the destination refused to build it; `runDigest` as in `judgeObject`. */
function indexesToRepair(
  { source, target, owned, existing, indexes }: SelectedObject,
  runDigest: string | null,
): PlanAction[] {
  const standing = new Set(
    existing?.indexes.filter((index) => !index.isBuilding).map((index) => index.name),
  );
  const wanted = new Set(
    owned?.failedIndexes
      .filter(
        (failed) =>
          (!failed.isBuilt && !standing.has(failed.name)) || failed.triedUnder === runDigest,
      )
      .map((failed) => failed.name),
  );
  return indexes
    .filter((index) => wanted.has(index.name))
    .map(({ name, spec }) => ({
      kind: "create-index",
      source: source.namespace,
      target,
      index: name,
      spec,
    }));
}

type Replaced = Pick<CollectionFacts, "documentCount" | "dataBytes">;

/** What the run destroys, or has destroyed before it was interrupted. */
function whatIsReplaced(
  { existing, owned, record }: SelectedObject,
  runDigest: string | null,
): Replaced | null {
  if (owned !== null) return owned.replaced;
  if (existing === null) {
    // The run in progress may have been interrupted between dropping and creating.
    const isOfThisRun = record !== null && record.planDigest === runDigest;
    return isOfThisRun ? record.replaced : null;
  }
  return { documentCount: existing.documentCount, dataBytes: existing.dataBytes };
}

function compareActions(a: PlanAction, b: PlanAction): number {
  return (
    compareNamespaces(a.target, b.target) ||
    compareText(a.kind, b.kind) ||
    compareText(indexName(a), indexName(b))
  );
}

function indexName(action: PlanAction): string {
  return action.kind === "create-index" ? action.index : "";
}
