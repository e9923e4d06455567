/**
 * A change feed that can be written down: while a long copy goes on, what changes is kept at the destination, so that it can be applied
 * afterwards although the source has forgotten it by then. Kept are keys and kinds, which is all that is needed: documents are
 * fetched as they are. Guarantees: what is told is all changes behind a position, in order; some may be told twice.
 */
import type { Change, ChangeBatch, FeedPosition } from "../model/change.ts";
import { isDocumentChange } from "../model/change.ts";
import { compareClusterTimes } from "../model/run.ts";
import type { Retry } from "../base/retry.ts";
import type { ChangeFeed, JournalEntry, JournalStore } from "../ports.ts";

/*
 * What is in the journal goes on from a checkpoint only where there is no gap: each entry says where it begins. A process that is not
 * to work any more may still write entries, and they may be cleared under it; then the source itself is asked, which has the changes
 * or says that it has not.
 */

/** Memory of a change besides its key, with all that a window makes of it (measured on Node 20: 240). */
const CHANGE_BYTES = 250;
/** An entry without changes is written at least this often: its position is what a restart goes on from. */
const IDLE_ENTRY_EVERY_MS = 5_000;

export interface JournalTools {
  readonly feed: ChangeFeed;
  readonly store: JournalStore;
  /** Of changes in databases that nothing is selected of, nothing is kept. */
  isWanted(database: string): boolean;
  monotonicMs(): number;
  readonly retry: Retry;
}

export class JournaledFeed implements ChangeFeed {
  readonly #tools: JournalTools;
  /** Of a journal that has been told to its end. */
  #end: FeedPosition | null = null;

  constructor(tools: JournalTools) {
    this.#tools = tools;
  }

  async currentPosition(): Promise<FeedPosition> {
    return this.#tools.feed.currentPosition();
  }

  /**
   * Writes changes down until told to stop, from where an earlier process has ended, or from the position on.
   *
   * @throws what the feed or the store throws; the signal's reason.
   */
  async record(from: FeedPosition, signal: AbortSignal): Promise<never> {
    const { feed, store, monotonicMs, retry } = this.#tools;
    let begins = later(from, await retry(async () => store.lastPosition()));
    let writtenAtMs = monotonicMs();
    for await (const { changes, position } of feed.readChanges(begins, signal)) {
      const wanted = changes.filter((change) => this.#isWanted(change));
      const isDue = monotonicMs() - writtenAtMs >= IDLE_ENTRY_EVERY_MS;
      if (wanted.length === 0 && !isDue) continue;
      const entry = { begins, position, changes: compact(wanted) };
      await retry(async () => store.append(entry));
      begins = position;
      writtenAtMs = monotonicMs();
    }
    throw new Error("A change feed has ended");
  }

  /** First what was written down, while that goes on; then the source's own feed. Without a journal, that alone. */
  async *readChanges(from: FeedPosition, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const { feed, store, retry } = this.#tools;
    const last = await retry(async () => store.lastPosition());
    let position = from;
    if (last !== null && compareClusterTimes(last.clusterTime, from.clusterTime) >= 0) {
      let hasGap = false;
      for await (const entry of this.#replay(from, last, signal)) {
        hasGap = !continues(entry, position);
        if (hasGap) break;
        // Of an entry in several parts, all have to be applied before anything may be said of its position.
        if (entry.isWhole) ({ position } = entry);
        yield toBatch(entry, position);
      }
      if (hasGap) await this.#clearAll();
      this.#end = position;
    } else {
      this.#end = last;
    }
    yield* feed.readChanges(position, signal);
  }

  /** Clears the journal once it is not needed any more: told is not yet applied. */
  async forgetBefore(checkpoint: FeedPosition): Promise<void> {
    const end = this.#end;
    if (end === null || !isThere(checkpoint, end)) return;
    await this.#tools.store.clear(end);
    this.#end = null;
  }

  /** Of what does not continue, nothing is of use. */
  async #clearAll(): Promise<void> {
    const { store, retry } = this.#tools;
    const last = await retry(async () => store.lastPosition());
    if (last !== null) await retry(async () => store.clear(last));
  }

  async *#replay(
    from: FeedPosition,
    last: FeedPosition,
    signal: AbortSignal,
  ): AsyncGenerator<JournalEntry> {
    const { store } = this.#tools;
    let position = from;
    const end = new AbortController();
    let failure: unknown = null;
    const recording = this.record(last, AbortSignal.any([signal, end.signal])).catch(
      (error: unknown) => {
        if (!end.signal.aborted) failure = error;
      },
    );
    try {
      for await (const entry of store.read(position)) {
        signal.throwIfAborted();
        if (failure !== null) throw failure;
        ({ position } = entry);
        yield entry;
      }
    } finally {
      end.abort();
      await recording;
    }
    if (failure !== null) throw failure;
    // What was written while the last ones were read.
    yield* store.read(position);
  }

  #isWanted(change: Change): boolean {
    const { isWanted } = this.#tools;
    const { db } = change.collection.namespace;
    if (isDocumentChange(change)) return isWanted(db);
    return (
      db === "" || isWanted(db) || (change.renamedTo !== null && isWanted(change.renamedTo.db))
    );
  }
}

/** Of two positions at one time, only the same one is known not to be earlier. */
function isThere(position: FeedPosition, end: FeedPosition): boolean {
  const order = compareClusterTimes(position.clusterTime, end.clusterTime);
  return order > 0 || (order === 0 && Buffer.compare(position.resumeToken, end.resumeToken) === 0);
}

/** Whether nothing is missing between what was told and an entry. */
function continues({ begins }: JournalEntry, told: FeedPosition): boolean {
  const order = compareClusterTimes(begins.clusterTime, told.clusterTime);
  return order < 0 || (order === 0 && isThere(told, begins));
}

function later(a: FeedPosition, b: FeedPosition | null): FeedPosition {
  return b !== null && compareClusterTimes(b.clusterTime, a.clusterTime) > 0 ? b : a;
}

/** The last change of each key, without its document; changes of what there is are kept as they are, behind them. */
function compact(changes: readonly Change[]): readonly Change[] {
  const byKey = new Map<string, Change>();
  const others: Change[] = [];
  for (const change of changes) {
    if (!isDocumentChange(change)) {
      others.push(change);
      continue;
    }
    const { key, collection, kind } = change;
    const id = `${collection.uuid} ${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
    const isDelete = kind === "delete";
    byKey.set(id, { kind: isDelete ? "delete" : "update", collection, key, document: null });
  }
  return [...byKey.values(), ...others];
}

function toBatch({ changes }: JournalEntry, position: FeedPosition): ChangeBatch {
  const bytes = changes.reduce(
    (sum, change) => sum + CHANGE_BYTES + (isDocumentChange(change) ? change.key.length : 0),
    0,
  );
  return { changes, position, isThrough: false, bytes };
}
