/**
 * Brings the net changes of a window to the destination. Guarantees: on return a majority has all of them; doing it again, or
 * doing it in part and then again, ends the same (I3).
 */
import pLimit from "p-limit";
import { DocumentsRefusedError } from "../base/errors.ts";
import type { Retry } from "../base/retry.ts";
import { settleTogether } from "../base/settle-together.ts";
import type { ChangedCollection } from "../model/change.ts";
import type { DocumentKey } from "../model/document-key.ts";
import type { CollectionWindow, NetChange } from "../model/net-change.ts";
import type { ClusterTime } from "../model/run.ts";
import { portionsOf } from "./portions.ts";
import type { DestinationDeployment, LoadGate, SourceDeployment, WriteTarget } from "../ports.ts";

/** Keys or documents of one command; fewer of what takes longest, so that no command goes on alone at the end. */
const MOST_IN_BATCH: Readonly<Record<NetChange["kind"], number>> = {
  fetch: 1_500,
  put: 1_500,
  delete: 4_000,
  insert: 4_000,
};
/** In which order commands begin: what takes longest first. */
const KINDS = ["fetch", "put", "delete", "insert"] as const;
/** A batch of documents ends here by its size. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Commands under way. */
const COMMANDS = 8;

export interface AppliedTarget extends WriteTarget {
  /** Whether documents of the source's collection go by themselves: with time, or for newer ones. */
  readonly deletesByItself: boolean;
  /** Whether the collection compares strings by a collation of its own. */
  readonly isCollated: boolean;
  /** Extended JSON of the query that wanted documents match; null: all. */
  readonly filter: string | null;
}

export interface ApplyTools {
  readonly source: Pick<SourceDeployment, "fetchDocuments" | "keyOf">;
  readonly destination: Pick<
    DestinationDeployment,
    "insertDocuments" | "putDocuments" | "deleteDocuments"
  >;
  /** Where a collection's documents go; empty: nowhere. */
  targetsOf(collection: ChangedCollection): readonly AppliedTarget[];
  readonly load: LoadGate;
  readonly retry: Retry;
  readonly stop: AbortSignal;
  /** Told of net changes that a majority has. */
  onWritten(count: number): void;
}

/** A collection in which somebody has changed something: deletions in one whose documents go by themselves tell nothing. */
export function madeByOthers(
  window: readonly CollectionWindow[],
  targetsOf: ApplyTools["targetsOf"],
): ChangedCollection | null {
  const found = window.find(({ collection, changes }) =>
    targetsOf(collection).some(
      ({ deletesByItself }) => !deletesByItself || changes.some(({ kind }) => kind !== "delete"),
    ),
  );
  return found?.collection ?? null;
}

/** @param end - Cluster time of the last change: what is fetched is not older. */
export async function applyWindow(
  collections: readonly CollectionWindow[],
  end: ClusterTime,
  tools: ApplyTools,
): Promise<void> {
  const limit = pLimit(COMMANDS);
  await settleTogether(tools.stop, (stop) =>
    collections.flatMap(({ collection, changes, hasForms }) =>
      tools.targetsOf(collection).flatMap((target) => {
        const context = { collection, target, end, tools: { ...tools, stop } };
        const apply = async (batch: readonly NetChange[]): Promise<void> => {
          for (const part of portionsOf(batch, sizeOf, tools.load)) {
            stop.throwIfAborted();
            await tools.load.take(part.length, sum(part, sizeOf), stop);
            await tools.retry(async () => applyBatch(part, context));
            tools.onWritten(part.length);
          }
        };
        if (target.isOrdered === true) {
          return [limit(applyInOrder, hasForms ? deletionsFirst(changes).flat() : changes, apply)];
        }
        const start = (some: readonly NetChange[]): Promise<void>[] =>
          batchesOf(some).map(async (batch) => {
            await limit(apply, batch);
          });
        if (!hasForms) return start(changes);
        const [deletions, rest] = deletionsFirst(changes);
        return [
          settleTogether(stop, () => start(deletions)).then(async () =>
            settleTogether(stop, () => start(rest)),
          ),
        ];
      }),
    ),
  );
}

/** Of several forms of a key, what is there now may be in one that was deleted: it has to go before the other comes. */
function deletionsFirst(
  changes: readonly NetChange[],
): readonly [readonly NetChange[], readonly NetChange[]] {
  const deletions = changes.flatMap((change): NetChange[] => {
    if (change.kind === "delete") return [change];
    return change.kind === "fetch" && change.isForm ? [{ kind: "delete", key: change.key }] : [];
  });
  return [deletions, changes.filter(({ kind }) => kind !== "delete")];
}

/** A capped collection keeps the order of insertion: one command after another, each with changes of one kind. */
async function applyInOrder(
  changes: readonly NetChange[],
  apply: (batch: readonly NetChange[]) => Promise<void>,
): Promise<void> {
  let run: NetChange[] = [];
  for (const change of changes) {
    const isSameRun = run[0] === undefined || run[0].kind === change.kind;
    // Documents are fetched in no order.
    const isFull = change.kind === "fetch" || run.length >= MOST_IN_BATCH[change.kind];
    if (!isSameRun || (isFull && run.length > 0)) {
      await apply(run);
      run = [];
    }
    run.push(change);
  }
  if (run.length > 0) await apply(run);
}

/** Batches of changes of one kind; among them no order is needed, since each key occurs once. */
function batchesOf(changes: readonly NetChange[]): readonly (readonly NetChange[])[] {
  const batches: NetChange[][] = [];
  const open = new Map<string, { batch: NetChange[]; bytes: number }>();
  for (const change of changes) {
    const bytes = sizeOf(change);
    let current = open.get(change.kind);
    const isFull =
      current === undefined ||
      current.batch.length >= MOST_IN_BATCH[change.kind] ||
      (current.bytes + bytes > BATCH_BYTES && current.batch.length > 0);
    if (current === undefined || isFull) {
      current = { batch: [], bytes: 0 };
      open.set(change.kind, current);
      batches.push(current.batch);
    }
    current.batch.push(change);
    current.bytes += bytes;
  }
  return batches.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function sizeOf(change: NetChange): number {
  return "document" in change ? change.document.length : 0;
}

function lengthOf({ length }: Uint8Array): number {
  return length;
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}

function rankOf([first]: readonly NetChange[]): number {
  return first === undefined ? 0 : KINDS.indexOf(first.kind);
}

interface BatchContext {
  readonly collection: ChangedCollection;
  readonly target: AppliedTarget;
  readonly end: ClusterTime;
  readonly tools: ApplyTools;
}

/** @param batch - Of one kind. */
async function applyBatch(batch: readonly NetChange[], context: BatchContext): Promise<void> {
  try {
    await write(batch, context);
  } catch (error) {
    if (!(error instanceof DocumentsRefusedError)) throw error;
    const refused = error.documents.map((document) => context.tools.source.keyOf(document));
    const texts = new Set(refused.map(textOf));
    const rest = batch.filter(({ key }) => !texts.has(textOf(key)));
    if (rest.length === batch.length) throw error;
    await bringRefused(refused, context, error);
    // Of an ordered batch those behind it are still to be written; the others may be written again.
    if (rest.length > 0) await applyBatch(rest, context);
  }
}

/**
 * A collection may have an index already that the source got later, and which does not take what the document held before: as it is
 * by now, the source has it in the index, too. Where it is refused all the same, either the source has lost the index since, or somebody
 * has to do something about one at the destination.
 */
async function bringRefused(
  keys: readonly DocumentKey[],
  context: BatchContext,
  refusal: DocumentsRefusedError,
): Promise<void> {
  try {
    await bringCurrent(keys, context);
  } catch (error) {
    if (!(error instanceof DocumentsRefusedError)) throw error;
    throw refusal.whichMayPass();
  }
}

async function write(batch: readonly NetChange[], context: BatchContext): Promise<void> {
  const { target, tools } = context;
  const { destination, load } = tools;
  const watch = async (run: () => Promise<void>): Promise<void> =>
    load.watchWrite(batch.length, sum(batch, sizeOf), run);
  const documents = batch.flatMap((change) => ("document" in change ? [change.document] : []));
  const keys = batch.map(({ key }) => key);
  switch (batch[0]?.kind) {
    case "insert":
      return watch(async () => destination.insertDocuments(target, documents));
    case "put":
      return watch(async () => destination.putDocuments(target, documents));
    case "delete":
      return watch(async () => destination.deleteDocuments(target, keys));
    case "fetch":
      return bringCurrent(keys, context);
  }
}

/**
 * What is not found was deleted since, which the feed tells later. Only a filter may have left it out without another
 * change: then it goes now.
 */
async function bringCurrent(keys: readonly DocumentKey[], context: BatchContext): Promise<void> {
  const { target, tools } = context;
  const missing = new Map(keys.map((key) => [textOf(key), key]));
  for await (const documents of fetch(keys, context)) {
    const found = documents.map((document) => tools.source.keyOf(document));
    // A document keeps the form of its key when it is replaced, so that one of another form goes first.
    const reformed = found.filter((key) => !missing.delete(textOf(key)));
    if (reformed.length > 0) await tools.destination.deleteDocuments(target, reformed);
    await putFetched(documents, context);
  }
  if (target.filter === null || missing.size === 0) return;
  const left = [...missing.values()];
  await tools.destination.deleteDocuments(target, left);
  // What was asked for in another form than it has counts as missing, too.
  for await (const documents of fetch(left, context)) {
    await putFetched(documents, context);
  }
}

/** They were counted as documents before; only now it is known how large they are. */
async function putFetched(
  documents: readonly Uint8Array[],
  { target, tools }: BatchContext,
): Promise<void> {
  const { load, destination, stop } = tools;
  for (const part of portionsOf(documents, lengthOf, load)) {
    const bytes = sum(part, lengthOf);
    await load.take(0, bytes, stop);
    await load.watchWrite(part.length, bytes, async () => destination.putDocuments(target, part));
  }
}

function fetch(
  keys: readonly DocumentKey[],
  { collection, target, end, tools }: BatchContext,
): AsyncIterable<readonly Uint8Array[]> {
  return tools.source.fetchDocuments({ collection, keys, filter: target.filter, notBefore: end });
}

function textOf(key: DocumentKey): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
