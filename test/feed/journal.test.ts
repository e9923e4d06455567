import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JournaledFeed } from "../../src/feed/journal.ts";
import { type Change, type FeedPosition, isDocumentChange } from "../../src/model/change.ts";
import type { ChangeFeed, JournalEntry, JournalStore } from "../../src/ports.ts";

const COLLECTION = { namespace: { db: "shop", coll: "orders" }, uuid: "u1" };
const ELSEWHERE = { namespace: { db: "attic", coll: "orders" }, uuid: "u2" };

function positionOf(seconds: number): FeedPosition {
  return {
    resumeToken: Buffer.from(String(seconds)),
    clusterTime: { seconds, increment: 1 },
  };
}

interface Step {
  readonly key: number;
  readonly kind: "insert" | "update" | "delete";
  readonly isElsewhere: boolean;
}

function changeOf({ key, kind, isElsewhere }: Step): Change {
  const collection = isElsewhere ? ELSEWHERE : COLLECTION;
  return { kind, collection, key: Buffer.from([key]), document: Buffer.from([1]) };
}

/** The source's history: one change a second, from `forgotten` on. */
class Source implements ChangeFeed {
  readonly #steps: readonly Step[];
  forgotten = 0;
  /** How far it has come; the feed then waits. */
  now: number;
  opened: number[] = [];

  constructor(steps: readonly Step[], now: number) {
    this.#steps = steps;
    this.now = now;
  }

  async currentPosition(): Promise<FeedPosition> {
    return positionOf(this.now);
  }

  async *readChanges(from: FeedPosition, signal: AbortSignal) {
    let at = from.clusterTime.seconds;
    this.opened.push(at);
    if (at < this.forgotten) throw new Error("the history is lost");
    for (;;) {
      signal.throwIfAborted();
      if (at >= this.now) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const end = Math.min(at + 3, this.now);
      const changes = this.#steps.slice(at, end).map(changeOf);
      at = end;
      yield { changes, position: positionOf(end), isThrough: false, bytes: 1 };
    }
  }
}

function memoryStore(): JournalStore & { readonly entries: JournalEntry[] } {
  const entries: JournalEntry[] = [];
  return {
    entries,
    append: async (entry) => {
      entries.push({ ...entry, isWhole: true });
    },
    lastPosition: async () => entries.at(-1)?.position ?? null,
    async *read(from) {
      for (const entry of entries.slice()) {
        if (entry.position.clusterTime.seconds >= from.clusterTime.seconds) yield entry;
      }
    },
    clear: async ({ clusterTime }) => {
      const left = entries.filter(
        ({ position }) => position.clusterTime.seconds > clusterTime.seconds,
      );
      entries.splice(0, entries.length, ...left);
    },
  };
}

function journaled(feed: ChangeFeed, store: JournalStore): JournaledFeed {
  return new JournaledFeed({
    feed,
    store,
    isWanted: (database) => database === "shop",
    monotonicMs: () => 0,
    retry: async (run) => run(),
  });
}

/** Which keys are there at the end, by what the changes say last of each. */
function outcome(changes: readonly Change[]): readonly string[] {
  const last = new Map<string, string>();
  for (const change of changes) {
    if (!isDocumentChange(change) || change.collection.uuid !== "u1") continue;
    last.set(String(change.key[0]), change.kind === "delete" ? "gone" : "there");
  }
  return [...last].map(([key, state]) => `${key} ${state}`).toSorted();
}

const step: fc.Arbitrary<Step> = fc.record({
  key: fc.nat(5),
  kind: fc.constantFrom("insert" as const, "update" as const, "delete" as const),
  isElsewhere: fc.boolean(),
});

describe("JournaledFeed", () => {
  it("I3 I4 tells the outcome of all changes, of which the source has forgotten the recorded ones", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 3 }),
        async (steps, stops) => {
          const source = new Source(steps, 0);
          const store = memoryStore();
          // Recorded by one process after another.
          for (const until of stops.toSorted((a, b) => a - b)) {
            source.now = Math.min(until, steps.length);
            const stop = new AbortController();
            const recording = journaled(source, store)
              .record(positionOf(0), stop.signal)
              .catch(() => {});
            for (let turn = 0; turn < 30; turn++)
              await new Promise((resolve) => setImmediate(resolve));
            stop.abort();
            await recording;
          }
          source.forgotten = store.entries.at(-1)?.position.clusterTime.seconds ?? 0;
          source.now = steps.length;
          const told: Change[] = [];
          const stop = new AbortController();
          const feed = journaled(source, store).readChanges(positionOf(0), stop.signal);
          for await (const batch of feed) {
            told.push(...batch.changes);
            if (batch.position.clusterTime.seconds === steps.length) break;
          }
          expect(outcome(told)).toEqual(outcome(steps.map(changeOf)));
          // Told is not applied: another process may have to be told again.
          const again: Change[] = [];
          const next = journaled(source, store).readChanges(positionOf(0), stop.signal);
          for await (const batch of next) {
            again.push(...batch.changes);
            if (batch.position.clusterTime.seconds === steps.length) break;
          }
          expect(outcome(again)).toEqual(outcome(told));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("reads the source alone where nothing was recorded", async () => {
    const source = new Source([{ key: 1, kind: "insert", isElsewhere: false }], 1);
    const stop = new AbortController();
    for await (const { changes } of journaled(source, memoryStore()).readChanges(
      positionOf(0),
      stop.signal,
    )) {
      expect(changes[0]).toMatchObject({ kind: "insert", document: Buffer.from([1]) });
      break;
    }
    expect(source.opened).toEqual([0]);
  });

  it("I3 is cleared only once a checkpoint is behind it", async () => {
    const source = new Source(
      [1, 2, 3, 4, 5].map((key) => ({ key, kind: "insert", isElsewhere: false }) as const),
      2,
    );
    const store = memoryStore();
    await store.append({ begins: positionOf(0), position: positionOf(2), changes: [] });
    const feed = journaled(source, store);
    source.now = 4;
    const stop = new AbortController();
    for await (const { position } of feed.readChanges(positionOf(0), stop.signal)) {
      await feed.forgetBefore(positionOf(1));
      expect(store.entries).not.toEqual([]);
      if (position.clusterTime.seconds === 4) source.now = 5;
      if (position.clusterTime.seconds < 5) continue;
      await feed.forgetBefore(positionOf(2));
      expect(store.entries).not.toEqual([]);
      await feed.forgetBefore(positionOf(5));
      expect(store.entries).toEqual([]);
      break;
    }
  });

  it("I3 asks the source for what is missing before an entry, and takes no such entry", async () => {
    const steps = [1, 2, 3, 4].map((key) => ({ key, kind: "insert", isElsewhere: false }) as const);
    const source = new Source(steps, 4);
    const store = memoryStore();
    await store.append({ begins: positionOf(0), position: positionOf(1), changes: [] });
    // As a process leaves it that was stopped for long, and whose earlier entries were cleared.
    await store.append({ begins: positionOf(3), position: positionOf(4), changes: [] });
    const feed = journaled(source, store);
    const keys: number[] = [];
    const stop = new AbortController();
    for await (const { changes, position } of feed.readChanges(positionOf(1), stop.signal)) {
      keys.push(...changes.flatMap((change) => (isDocumentChange(change) ? [...change.key] : [])));
      if (position.clusterTime.seconds === 4) break;
    }
    expect(keys).toEqual([2, 3, 4]);
    expect(store.entries).toEqual([]);
  });

  it("I3 keeps what is written while what was told before is cleared", async () => {
    const source = new Source([], 2);
    const store = memoryStore();
    await store.append({ begins: positionOf(0), position: positionOf(2), changes: [] });
    const feed = journaled(source, store);
    const stop = new AbortController();
    const told = feed.readChanges(positionOf(0), stop.signal);
    await told.next();
    // The last one is told twice.
    await told.next();
    const rest = told.next();
    // Until it has come to the source's own changes.
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
    await store.append({ begins: positionOf(2), position: positionOf(4), changes: [] });
    await feed.forgetBefore(positionOf(3));
    expect(store.entries.map(({ position }) => position.clusterTime.seconds)).toEqual([4]);
    stop.abort();
    await rest.catch(() => {});
  });

  it("ends where the source has forgotten what was not recorded yet", async () => {
    const source = new Source([], 5);
    source.forgotten = 3;
    const recording = journaled(source, memoryStore()).record(
      positionOf(0),
      new AbortController().signal,
    );
    await expect(recording).rejects.toThrow("the history is lost");
  });
});
