/**
 * What becomes of the collections that a run has made when those of the source are dropped, renamed or made anew. Decided from what
 * there is now, not from the changes that led to it: the same steps after any number of them, and after a step was interrupted.
 */
import { groupBy } from "../base/group-by.ts";
import { digestOptions, hasSameOptions } from "../model/compare-definitions.ts";
import type { CollectionFacts } from "../model/facts.ts";
import { formatNamespace, isSameNamespace, type Namespace } from "../model/namespace.ts";
import { isKept, type SelectedObject } from "../model/select-objects.ts";
import type { CollectionRecord } from "../ports.ts";

/**
 * `forget`: the record is of something that is not there any more; `release`: the spec does not mean it any more, so that it is left as
 * it stands; `disown`: a view of somebody else has taken the name of ours; `drop`: what is there is ours, and its source is gone, or it
 * has to be copied again; `rename`: its source has another name, in the same database.
 */
export type SettleStep =
  | { readonly kind: "forget" | "release" | "disown"; readonly record: CollectionRecord }
  | { readonly kind: "drop"; readonly record: CollectionRecord; readonly uuid: string | null }
  | {
      readonly kind: "rename";
      readonly record: CollectionRecord;
      readonly source: Namespace;
      readonly target: Namespace;
    };

const TEMPORARY = "mongoferry_tmp_";

/** Where a collection goes while names go round in a circle. */
export function temporaryName({ target, targetUuid }: CollectionRecord): Namespace {
  return { db: target.db, coll: `${TEMPORARY}${targetUuid ?? ""}` };
}

function isTemporary({ coll }: Namespace): boolean {
  return coll.startsWith(TEMPORARY);
}

export interface SettleInput {
  /** What is wanted now. */
  readonly objects: readonly SelectedObject[];
  readonly records: readonly CollectionRecord[];
  /** Everything at the source in the databases that are selected, and in those that the records name. */
  readonly sources: readonly CollectionFacts[];
  /** Everything in the databases written to. */
  readonly standing: readonly CollectionFacts[];
  /** The run that works: what earlier ones have left is not touched here. */
  readonly runSeq: number;
}

export function decideSettlement(input: SettleInput): readonly SettleStep[] {
  const standing = byName(input.standing);
  const wanted = input.objects.filter((object) => !isKept(object));
  // Databases with very many collections are no exception: each record looks only at what is wanted in its place.
  const byTarget = groupBy(wanted, ({ target }) => formatNamespace(target));
  const sources = byName(input.sources);
  const records = input.records.filter(({ runSeq }) => runSeq === input.runSeq);
  const steps: SettleStep[] = [];
  const placed: CollectionRecord[] = [];
  for (const record of records) {
    const name = formatNamespace(record.target);
    const found = standing.get(name) ?? null;
    const wantedAt = byTarget.get(name) ?? [];
    const step = record.sourceUuid === null ? settleView(record, found, wantedAt) : null;
    if (isLeftOut(record, sources, wantedAt)) steps.push({ kind: "release", record });
    else if (step !== null) steps.push(step);
    else if (record.sourceUuid === null) continue;
    else if (record.targetUuid === null) steps.push(...settleDoubtful(record, found, wantedAt));
    else if (found?.uuid === record.targetUuid) placed.push(record);
    else steps.push({ kind: "forget", record });
  }
  return [...steps, ...settlePlaced(placed, wanted)];
}

/**
 * Whether the source has not changed, but the spec means it no more, or for another target: the copy may be in use by now, and no
 * plan has shown that it would be dropped.
 *
 * @param wantedAt - What is wanted at the record's target.
 */
function isLeftOut(
  record: CollectionRecord,
  sources: ReadonlyMap<string, CollectionFacts>,
  wantedAt: readonly SelectedObject[],
): boolean {
  // What is not complete is of use to nobody.
  if (isTemporary(record.target) || record.state !== "done") return false;
  const source = sources.get(formatNamespace(record.source));
  const isUnchanged =
    record.sourceUuid === null
      ? source?.kind === "view"
      : source !== undefined && source.uuid === record.sourceUuid;
  const isMeant = wantedAt.some((object) =>
    record.sourceUuid === null
      ? isSameNamespace(object.source.namespace, record.source)
      : isFor(object, record),
  );
  return isUnchanged && !isMeant;
}

function settleView(
  record: CollectionRecord,
  found: CollectionFacts | null,
  wantedAt: readonly SelectedObject[],
): SettleStep | null {
  if (found?.kind !== "view") return { kind: "forget", record };
  const object = wantedAt.find(
    ({ source }) => source.kind === "view" && isSameNamespace(source.namespace, record.source),
  );
  if (object !== undefined && hasSameOptions(found, object)) return null;
  // A view has no UUID: what has another definition than ours was made by somebody else.
  const isOurs = digestOptions(found.options) === record.viewDigest;
  if (isOurs) return { kind: "drop", record, uuid: null };
  return { kind: record.state === "done" ? "disown" : "forget", record };
}

/** A creation whose end was not recorded. An empty collection in its place is what it has made: as the source was then. */
function settleDoubtful(
  record: CollectionRecord,
  found: CollectionFacts | null,
  wantedAt: readonly SelectedObject[],
): SettleStep[] {
  const object = wantedAt.find((each) => isFor(each, record));
  const isOwn =
    found?.kind === "collection" &&
    found.uuid !== null &&
    found.documentCount === 0 &&
    found.indexes.length <= 1;
  if (isOwn && (object === undefined || !hasSameOptions(found, object))) {
    return [{ kind: "drop", record, uuid: found.uuid }];
  }
  return object === undefined ? [{ kind: "forget", record }] : [];
}

/** Collections that stand where their records say. */
function settlePlaced(
  records: readonly CollectionRecord[],
  wanted: readonly SelectedObject[],
): SettleStep[] {
  const objectsByUuid = groupBy(wanted, ({ source }) => source.uuid ?? "");
  return [...groupBy(records, ({ sourceUuid }) => sourceUuid ?? "")].flatMap(([uuid, copies]) => {
    const objects = objectsByUuid.get(uuid) ?? [];
    const inPlace = new Set(
      copies.filter((record) =>
        objects.some(({ target }) => isSameNamespace(target, record.target)),
      ),
    );
    const open = objects.filter(
      ({ target }) => !copies.some((record) => isSameNamespace(record.target, target)),
    );
    return copies
      .filter((record) => !inPlace.has(record))
      .map((record): SettleStep => {
        const at = open.findIndex((object) => canMove(record, object));
        const [object] = at === -1 ? [] : open.splice(at, 1);
        if (object === undefined) return { kind: "drop", record, uuid: record.targetUuid };
        const { source, target } = object;
        return { kind: "rename", record, source: source.namespace, target };
      });
  });
}

/** Across databases servers copy, and give another UUID; so does this program. An unfinished copy is begun again. */
function canMove(record: CollectionRecord, { target, filter }: SelectedObject): boolean {
  return record.state === "done" && target.db === record.target.db && filter === record.filter;
}

function isFor({ source }: SelectedObject, record: CollectionRecord): boolean {
  return source.uuid !== null && source.uuid === record.sourceUuid;
}

function byName(collections: readonly CollectionFacts[]): ReadonlyMap<string, CollectionFacts> {
  return new Map(collections.map((each) => [formatNamespace(each.namespace), each]));
}
