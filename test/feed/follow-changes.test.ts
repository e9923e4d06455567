import { BSON } from "mongodb";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { followChanges, type FollowTools } from "../../src/feed/follow-changes.ts";
import type { Change, ChangeBatch, FeedPosition } from "../../src/model/change.ts";

const COLLECTION = { namespace: { db: "shop", coll: "orders" }, uuid: "uuid" };
const FULL = 40 * 1024 * 1024;

function positionOf(seconds: number): FeedPosition {
  return { resumeToken: Buffer.from([seconds]), clusterTime: { seconds, increment: 0 } };
}

function remove(id: number): Change {
  return {
    kind: "delete",
    collection: COLLECTION,
    key: BSON.serialize({ _id: id }),
    document: null,
  };
}

function drop(seconds: number): Change {
  return {
    kind: "drop",
    operationType: "drop",
    collection: COLLECTION,
    renamedTo: null,
    droppedUuid: null,
    position: positionOf(seconds),
  };
}

function batch(seconds: number, changes: readonly Change[], bytes = 100): ChangeBatch {
  return { changes, position: positionOf(seconds), isThrough: false, bytes };
}

/** A feed of these batches, which then waits; what happens is written down in order. */
function scene(batches: readonly ChangeBatch[], changes: Partial<FollowTools> = {}) {
  const log: string[] = [];
  const stop = new AbortController();
  let timeMs = 0;
  let release: (() => void)[] = [];
  const tools: FollowTools = {
    feed: {
      currentPosition: async () => positionOf(0),
      async *readChanges(_from, signal) {
        for (const each of batches) {
          signal.throwIfAborted();
          yield each;
        }
        await new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      },
    },
    clock: { now: () => new Date(0), monotonicMs: () => timeMs },
    stop: stop.signal,
    mostChanges: () => Infinity,
    traitsOf: () => ({ isCollated: false, isFiltered: false }),
    applyWindow: async (window, end) => {
      log.push(`apply ${window.flatMap((each) => each.changes).length} until ${end.seconds}`);
      await new Promise<void>((resolve) => release.push(resolve));
      timeMs += 1_000;
    },
    applySchemaChange: async ({ operationType }) => {
      log.push(operationType);
    },
    storeCheckpoint: async ({ clusterTime }) => {
      log.push(`store ${clusterTime.seconds}`);
    },
    onRead: () => {},
    onApplied: async (count, { clusterTime }) => {
      log.push(`applied ${count}, ${clusterTime.seconds}`);
    },
    ...changes,
  };
  const following = followChanges(positionOf(0), tools).catch((error: unknown) => error);
  return {
    log,
    stop,
    following,
    /** Ends the writes under way, and lets all that can happen. */
    finish: async () => {
      const waiting = release;
      release = [];
      for (const resolve of waiting) resolve();
      await settle();
    },
  };
}

/** Lets all that can happen. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe("followChanges", () => {
  it("I2 stores a position only when everything before it is applied", async () => {
    const { log, finish, stop, following } = scene([batch(1, [remove(1)])]);
    await settle();
    expect(log).toEqual(["apply 1 until 1"]);
    await finish();
    expect(log).toEqual(["apply 1 until 1", "applied 1, 1", "store 1"]);
    stop.abort(new Error("told to"));
    expect(await following).toEqual(new Error("told to"));
  });

  it("reads on while a window is applied, and makes one window of what it has read", async () => {
    const batches = [1, 2, 3].map((n) => batch(n, [remove(n)]));
    const { log, finish } = scene([...batches, batch(4, [remove(1)], FULL)]);
    await settle();
    expect(log).toEqual(["apply 1 until 1"]);
    await finish();
    expect(log.slice(1)).toEqual(["applied 1, 1", "store 1", "apply 3 until 4"]);
  });

  it("does not read on without end while the destination is slow", async () => {
    const read: number[] = [];
    const batches = Array.from({ length: 9 }, (_, n) => batch(n + 1, [remove(n)], FULL));
    const { finish } = scene(batches, {
      onRead: (_count, { clusterTime }) => read.push(clusterTime.seconds),
    });
    await settle();
    expect(read).toEqual([1, 2]);
    await finish();
    expect(read).toEqual([1, 2, 3]);
  });

  it("applies a change of what there is between the changes around it", async () => {
    const changes = [remove(1), remove(2), drop(5), remove(3)];
    const { log, finish } = scene([batch(4, [remove(9)]), batch(6, changes)]);
    await settle();
    expect(log).toEqual(["apply 1 until 4"]);
    await finish();
    expect(log.slice(1)).toEqual(["applied 1, 4", "store 4", "apply 2 until 5"]);
    await finish();
    expect(log.slice(4)).toEqual(["drop", "applied 3, 5", "store 5", "apply 1 until 6"]);
  });

  it("moves on while there is nothing to apply, and stores each position once", async () => {
    const { log, stop, following } = scene([batch(1, []), batch(1, []), batch(2, [])]);
    await settle();
    stop.abort(new Error("told to"));
    await following;
    expect(log.filter((line) => line.startsWith("store"))).toEqual(["store 1", "store 2"]);
  });

  it("stores how far it came when it is told to stop, but nothing of what failed", async () => {
    const stopped = scene([batch(1, []), batch(2, [remove(1)])]);
    await settle();
    stopped.stop.abort(new Error("told to"));
    await stopped.finish();
    await stopped.following;
    expect(stopped.log.at(-1)).toBe("store 2");

    const failed = scene([batch(1, []), batch(2, [remove(1)])], {
      applyWindow: async () => {
        throw new Error("refused");
      },
    });
    expect(await failed.following).toEqual(new Error("refused"));
    expect(failed.log).not.toContain("store 2");
  });

  it("ends where a position cannot be stored any more", async () => {
    const lost = new Error("the lease is lost");
    const { following, finish } = scene(
      [1, 2, 3].map((n) => batch(n, [remove(n)], FULL)),
      {
        storeCheckpoint: async () => {
          throw lost;
        },
      },
    );
    for (let n = 0; n < 3; n++) {
      await settle();
      await finish();
    }
    expect(await following).toBe(lost);
  });
});
