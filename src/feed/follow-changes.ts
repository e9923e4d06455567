/**
 * Follows a change feed until told to stop. Guarantees: changes are applied in windows, one after another; a change of what
 * there is (a collection dropped, renamed…) is applied behind the changes before it and before the next; a position is
 * stored only once everything before it is at the destination (I2).
 *
 * The next window is read while one is being applied. As long as the destination keeps up, windows are small and the lag is
 * short; otherwise they grow, and more changes of one key are applied as one.
 */
import type { Clock } from "../base/clock.ts";
import { BugError } from "../base/errors.ts";
import { LatestWriter } from "../base/latest-writer.ts";
import {
  type ChangedCollection,
  type FeedPosition,
  isDocumentChange,
  type SchemaChange,
} from "../model/change.ts";
import type { CollectionWindow } from "../model/net-change.ts";
import type { ClusterTime } from "../model/run.ts";
import type { ChangeFeed } from "../ports.ts";
import { type CollectionTraits, Window } from "./window.ts";

/** Size at which a window ends although another is being applied, as the feed has sent it. */
const WINDOW_BYTES = 32 * 1024 * 1024;
/** What a crash repeats at most, besides what is being applied. */
const CHECKPOINT_INTERVAL_MS = 1_000;
/** One that has not moved is stored again, for what goes with it. */
const REPEAT_INTERVAL_MS = 5_000;

export interface FollowTools {
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Changes that a window should hold at most, so that it is not long until the next checkpoint. May change at any time. */
  mostChanges(): number;
  traitsOf(collection: ChangedCollection): CollectionTraits;
  /** @param end - Time of the last change, or later. */
  applyWindow(window: readonly CollectionWindow[], end: ClusterTime): Promise<void>;
  applySchemaChange(change: SchemaChange): Promise<void>;
  storeCheckpoint(position: FeedPosition): Promise<void>;
  /** @param position - All changes before it have been told by the feed. */
  onRead(changeCount: number, position: FeedPosition): void;
  /**
   * Called between windows.
   *
   * @param position - All changes before it are at the destination.
   * @param isThrough - Whether those at its very time are, too.
   */
  onApplied(changeCount: number, position: FeedPosition, isThrough: boolean): Promise<void>;
}

/** Ends by throwing only: what `stop` was aborted with, or the first failure. */
export async function followChanges(from: FeedPosition, tools: FollowTools): Promise<never> {
  const { feed, stop } = tools;
  const failure = new AbortController();
  const applier = new WindowApplier(tools, failure);
  let window = new Window(tools.traitsOf);
  let bytes = 0;
  try {
    for await (const batch of feed.readChanges(from, AbortSignal.any([stop, failure.signal]))) {
      tools.onRead(batch.changes.length, batch.position);
      bytes += batch.bytes;
      for (const change of batch.changes) {
        if (isDocumentChange(change)) {
          window.add(change);
          continue;
        }
        await applier.applyUntil(window, change);
        window = new Window(tools.traitsOf);
      }
      const isFull = bytes >= WINDOW_BYTES || window.changeCount >= tools.mostChanges();
      if (applier.isBusy && !isFull) continue;
      await applier.start(window, batch.position, batch.isThrough);
      window = new Window(tools.traitsOf);
      bytes = 0;
    }
    throw new BugError("A change feed has ended");
  } catch (error) {
    // What ended it is what counts.
    await applier.end().catch(() => {});
    throw error;
  }
}

/** Applies one window at a time, and stores how far that is. */
class WindowApplier {
  readonly #tools: FollowTools;
  readonly #failure: AbortController;
  readonly #checkpoints: LatestWriter<FeedPosition>;
  #applying: Promise<void> = Promise.resolve();
  #isBusy = false;
  #applied: FeedPosition | null = null;
  #stored: FeedPosition | null = null;
  #storedAtMs = Number.NEGATIVE_INFINITY;

  /** @param failure - Is aborted when a window cannot be applied. */
  constructor(tools: FollowTools, failure: AbortController) {
    this.#tools = tools;
    this.#failure = failure;
    this.#checkpoints = new LatestWriter(async (position) => tools.storeCheckpoint(position));
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Begins with the next window, once the one before is done. */
  async start(window: Window, position: FeedPosition, isThrough: boolean): Promise<void> {
    await this.#settle();
    this.#isBusy = true;
    this.#applying = this.#apply(window, position, isThrough);
  }

  /** Applies all document changes before a change of another kind, then that. */
  async applyUntil(window: Window, change: SchemaChange): Promise<void> {
    await this.#settle();
    // No position is known between this change and the one before it.
    await this.#tools.applyWindow(window.collections(), change.position.clusterTime);
    await this.#tools.applySchemaChange(change);
    await this.#note(window.changeCount + 1, change.position, false);
  }

  /** Waits for what is under way, and stores how far all of it came. */
  async end(): Promise<void> {
    await this.#applying;
    if (this.#applied !== null && this.#applied !== this.#stored) {
      this.#checkpoints.put(this.#applied);
    }
    await this.#checkpoints.flush();
  }

  /** Never rejects: nobody may be waiting for it. */
  async #apply(window: Window, position: FeedPosition, isThrough: boolean): Promise<void> {
    try {
      if (window.changeCount > 0) {
        await this.#tools.applyWindow(window.collections(), position.clusterTime);
      }
      await this.#note(window.changeCount, position, isThrough);
    } catch (error) {
      this.#failure.abort(error);
    } finally {
      this.#isBusy = false;
    }
  }

  async #note(changeCount: number, position: FeedPosition, isThrough: boolean): Promise<void> {
    this.#applied = position;
    await this.#tools.onApplied(changeCount, position, isThrough);
    const now = this.#tools.clock.monotonicMs();
    const isKnown =
      this.#stored !== null && Buffer.compare(this.#stored.resumeToken, position.resumeToken) === 0;
    const interval = isKnown ? REPEAT_INTERVAL_MS : CHECKPOINT_INTERVAL_MS;
    if (now - this.#storedAtMs < interval) return;
    this.#stored = position;
    this.#storedAtMs = now;
    this.#checkpoints.put(position);
  }

  async #settle(): Promise<void> {
    await this.#applying;
    this.#failure.signal.throwIfAborted();
  }
}
