import { MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BorrowedSet, borrowSet } from "../../support/borrow-set.ts";
import { LeaseLostError } from "../../../src/base/errors.ts";
import { openStore } from "../../../src/mongo/store/open-store.ts";
import { compareText } from "../../../src/model/namespace.ts";
import { namespace } from "../../report/sample-plan.ts";
import type { Checkpoint } from "../../../src/model/checkpoint.ts";
import { beginCutover, type CutoverRecord } from "../../../src/model/cutover.ts";
import type { CollectionRecord, MigrationStore } from "../../../src/ports.ts";

const TARGET = { db: "store", coll: "orders.v2" };
const RECORD: CollectionRecord = {
  source: { db: "shop", coll: "orders" },
  target: TARGET,
  sourceUuid: "aa",
  targetUuid: null,
  replaced: null,
  filter: null,
  isComplete: false,
  failedIndexes: [],
  indexes: [],
  viewDigest: null,
  planDigest: "d1",
  runSeq: 1,
  state: "copying",
  partitionCount: 0,
};
const CHECKPOINT: Checkpoint = {
  position: {
    resumeToken: Uint8Array.from([14, 0, 0, 0, 16, 95, 105, 100, 0, 0, 255, 128, 10, 0]),
    clusterTime: { seconds: 4_000_000_000, increment: 4_294_967_295 },
  },
  sourceIdentity: "source 0123456789abcdef",
  consistentFrom: { seconds: 1_700_000_000, increment: 7 },
  figures: {
    at: new Date("2026-03-01T12:05:00.123Z"),
    changesRead: 1_204,
    changesApplied: 1_203,
    writes: 800,
    readPerSecond: 99.5,
    appliedPerSecond: 0,
    windowChanges: 17,
    lagMs: 240,
    headroomMs: null,
  },
};

let server: BorrowedSet;
let client: MongoClient;

beforeAll(async () => {
  server = await borrowSet("destination");
  client = await MongoClient.connect(server.uri);
});
afterAll(async () => {
  await client?.close();
});
beforeEach(async () => {
  await client.db("meta").dropDatabase();
});

describe("lease", () => {
  it("is known to be held by another process, until that has given it back, is dead or has not renewed it", async () => {
    const asking = storeOf("host-b");
    expect(await asking.readLeaseHolder("m")).toBeNull();
    const held = await storeOf("host-a").acquireLease("m");
    expect(await asking.readLeaseHolder("m")).toMatchObject({ host: "host-a", pid: 1 });
    const leases = client.db("meta").collection("leases");
    await leases.updateOne({}, { $set: { until: new Date(Date.now() - 1_000) } });
    expect(await asking.readLeaseHolder("m")).toBeNull();
    await held.release();
    const again = await storeOf("host-a").acquireLease("m");
    await again.release();
    expect(await asking.readLeaseHolder("m")).toBeNull();
  });

  it("I7 is taken by one process at a time, and after its release by the next with a later epoch", async () => {
    const first = await storeOf("host-a").acquireLease("m");
    await expect(storeOf("host-b").acquireLease("m")).rejects.toThrow(
      /process 1 on host-a runs this migration and holds its lease until \d{4}-/u,
    );
    await first.release();
    const second = await storeOf("host-b").acquireLease("m");
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    await second.release();
  });

  it("passes at once when its holder was a process of this machine that is gone", async () => {
    const lost = await storeOf("host-a").acquireLease("m");
    const next = await storeOf("host-a", { isProcessAlive: () => false }).acquireLease("m");
    expect(next.epoch).toBe(lost.epoch + 1);
    await Promise.all([lost.release(), next.release()]);
  });

  it("does not pass while its holder lives, or when it may live on another machine", async () => {
    const held = await storeOf("host-a").acquireLease("m");
    const alive = storeOf("host-a", { isProcessAlive: () => true });
    const elsewhere = storeOf("host-b", { isProcessAlive: () => false });
    await expect(alive.acquireLease("m")).rejects.toThrow(/holds its lease/u);
    await expect(elsewhere.acquireLease("m")).rejects.toThrow(/holds its lease/u);
    await held.release();
  });

  it("passes when it has run out by the server's clock", async () => {
    const held = await storeOf("host-a").acquireLease("m");
    await client
      .db("meta")
      .collection("leases")
      .updateOne({ _id: "m" as never }, { $set: { until: new Date(Date.now() - 1) } });
    const next = await storeOf("host-b").acquireLease("m");
    expect(next.epoch).toBe(2);
    await Promise.all([held.release(), next.release()]);
    // The release of the lease that was lost must not free its successor's.
    const after = await storeOf("host-c").acquireLease("m");
    expect(after.epoch).toBe(3);
    await after.release();
  });

  it("is taken by exactly one of many that try at the same time", async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, async (_, i) => storeOf(`host-${i}`).acquireLease("m")),
    );
    const taken = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(taken).toHaveLength(1);
    await Promise.all(taken.map(async (lease) => lease.release()));
  });
});

describe("writes under a lost lease", () => {
  it("I7 take over a partition that a process without the lease has stored since", async () => {
    const store = storeOf("host-a", { isProcessAlive: () => false });
    const old = await store.acquireLease("m");
    const current = await store.acquireLease("m");
    await store.putPartitions(old, TARGET, [{ min: null, max: null }], 0);
    const claimed = await store.claimPartition(current, TARGET, "worker-0");
    expect(claimed).toMatchObject({ index: 0, state: "copying" });
    if (claimed === null) return;
    const late = store.storePartition(old, TARGET, "worker-0", { ...claimed, copiedDocuments: 1 });
    await expect(late).rejects.toThrow(LeaseLostError);
    await store.storePartition(current, TARGET, "worker-0", claimed);
    await Promise.all([old.release(), current.release()]);
  });

  it("I7 are refused, each of them, and change nothing", async () => {
    const old = await storeOf("host-a").acquireLease("m");
    const store = storeOf("host-a", { isProcessAlive: () => false });
    await store.recordTransition(old, transitionTo("Copying"));
    await store.putCollectionRecord(old, RECORD);
    await store.putPartitions(old, TARGET, [{ min: null, max: null }], 0);
    const mine = await store.claimPartition(old, TARGET, "w");
    const lease = await store.acquireLease("m");

    await expect(store.recordTransition(old, transitionTo("Completed"))).rejects.toThrow(
      LeaseLostError,
    );
    await expect(store.storeStartFence(old, { seconds: 1, increment: 1 })).rejects.toThrow(
      LeaseLostError,
    );
    await expect(store.putCollectionRecord(old, { ...RECORD, state: "done" })).rejects.toThrow(
      LeaseLostError,
    );
    if (mine === null) throw new Error("nothing was claimed");
    const done = { ...mine, state: "done" } as const;
    await expect(store.storePartition(old, TARGET, "w", done)).rejects.toThrow(LeaseLostError);
    await expect(store.putPartitions(old, TARGET, [{ min: null, max: null }], 0)).rejects.toThrow(
      LeaseLostError,
    );
    expect(await store.claimPartition(old, TARGET, "w")).toBeNull();

    expect((await store.readRun("m"))?.phase).toBe("Copying");
    expect((await store.listCollectionRecords("m")).map(({ state }) => state)).toEqual(["copying"]);
    expect(await store.claimPartition(lease, TARGET, "w")).not.toBeNull();
    await Promise.all([old.release(), lease.release()]);
  });
});

describe("foreign targets", () => {
  it("are those of other migrations in the databases asked for, with whether they have ended", async () => {
    const store = storeOf("host-a");
    const targets = { ended: "app.a", going: "app.b", elsewhere: "app2.c", mine: "app.d" };
    for (const [migration, target] of Object.entries(targets)) {
      const lease = await store.acquireLease(migration);
      await store.recordTransition(lease, transitionTo("Copying"));
      await store.putCollectionRecord(lease, { ...RECORD, target: namespace(target) });
      if (migration === "ended") await store.recordTransition(lease, transitionTo("Completed"));
      await lease.release();
    }
    const found = await store.listForeignTargets("mine", ["app", "another"]);
    expect(found.toSorted((a, b) => compareText(a.migration, b.migration))).toEqual([
      { migration: "ended", target: namespace("app.a"), isEnded: true },
      { migration: "going", target: namespace("app.b"), isEnded: false },
    ]);
    expect(await store.listForeignTargets("mine", [])).toEqual([]);
  });
});

describe("transitions", () => {
  it("count up without gaps, with the phase they left", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    for (const to of ["Prechecking", "Copying", "Completed"] as const) {
      await store.recordTransition(lease, transitionTo(to));
    }
    const found = await store.listTransitions("m");
    expect(found.map(({ seq, from, to }) => [seq, from, to])).toEqual([
      [1, "Pending", "Prechecking"],
      [2, "Prechecking", "Copying"],
      [3, "Copying", "Completed"],
    ]);
    await store.markPublished(lease, 3);
    await store.markPublished(lease, 2);
    expect(await store.readRun("m")).toMatchObject({ phase: "Completed", seq: 3, publishedSeq: 3 });
    await lease.release();
  });

  it("I1 begin a run without a start fence, which then stays with it", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    await store.recordTransition(lease, transitionTo("Prechecking"));
    await store.storeStartFence(lease, { seconds: 5, increment: 2 });
    await store.recordTransition(lease, transitionTo("Copying"));
    expect((await store.readRun("m"))?.startFence).toEqual({ seconds: 5, increment: 2 });
    // A changed plan begins with the precheck again, but what was read stays as old as it is.
    await store.recordTransition(lease, transitionTo("Prechecking"));
    expect(await store.readRun("m")).toMatchObject({
      runSeq: 1,
      startFence: { seconds: 5, increment: 2 },
      // Nor has it passed for the plan as it is now, also where it stalls there.
      isAdmitted: false,
    });
    await store.recordTransition(lease, transitionTo("Stalled"));
    expect(await store.readRun("m")).toMatchObject({ isAdmitted: false });
    await store.recordTransition(lease, transitionTo("Prechecking"));
    await store.recordTransition(lease, transitionTo("Copying"));
    await store.recordTransition(lease, transitionTo("Stalled"));
    expect(await store.readRun("m")).toMatchObject({ isAdmitted: true });
    await store.recordTransition(lease, transitionTo("Completed"));
    await store.recordTransition(lease, transitionTo("Prechecking"));
    expect(await store.readRun("m")).toMatchObject({ runSeq: 9, startFence: null });
    await lease.release();
  });
});

describe("partitions", () => {
  it("are each claimed by one worker, keep raw keys, and are not claimed again once done", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    const keys = [0, 1, 2].map((i) =>
      Uint8Array.from([14, 0, 0, 0, 16, 95, 105, 100, 0, i, 0, 0, 0, 0]),
    );
    const [a = null, b = null, c = null] = keys;
    await store.putPartitions(
      lease,
      TARGET,
      [
        { min: null, max: a },
        { min: a, max: b },
        { min: b, max: c },
        { min: c, max: null },
      ],
      0,
    );
    const claims = await Promise.all(
      ["w0", "w1", "w2"].map(async (worker) => store.claimPartition(lease, TARGET, worker)),
    );
    expect(claims.map((claim) => claim?.index).toSorted()).toEqual([0, 1, 2]);
    const [first] = claims;
    if (first == null) throw new Error("nothing was claimed");
    // An answer that was lost: the same worker is given the same partition.
    expect((await store.claimPartition(lease, TARGET, "w0"))?.index).toBe(first.index);
    const done = {
      ...first,
      state: "done",
      copiedThrough: b,
      copiedDocuments: 7,
      copiedBytes: 70,
    } as const;
    await store.storePartition(lease, TARGET, "w0", done);
    expect((await store.claimPartition(lease, TARGET, "w0"))?.index).toBe(3);
    const partitions = await store.listPartitions("m", TARGET);
    const stored = partitions.find(({ state }) => state === "done");
    expect(Buffer.from(stored?.copiedThrough ?? [])).toEqual(Buffer.from(b ?? []));
    expect(await store.sumProgress("m")).toEqual([
      { target: TARGET, copiedDocuments: 7, copiedBytes: 70 },
    ]);
    await lease.release();
  });
});

describe("cutovers", () => {
  it("are read back as they were stored, belong to one run, and are forgotten", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    const first = beginCutover(3);
    const later: CutoverRecord = {
      ...first,
      step: "drain",
      begun: [{ step: "drain", at: new Date(1_000) }],
      isSourceBlocked: true,
      fence: { seconds: 7, increment: 8 },
      checkedUpTo: { seconds: 9, increment: 1 },
      destinationTime: { seconds: 10, increment: 2 },
      notRestored: ["an index"],
      failure: "why",
      endedAt: new Date(2_000),
    };
    for (const record of [first, later]) {
      await store.storeCutover(lease, record);
      expect(await store.readCutover("m", 3)).toEqual(record);
      expect(await store.readCutover("m", 4)).toBeNull();
    }
    await store.deleteCutover(lease);
    expect(await store.readCutover("m", 3)).toBeNull();
    await lease.release();
  });

  it("I7 are not stored by a process without the lease, once another one has it", async () => {
    const first = await storeOf("host-a").acquireLease("m");
    await storeOf("host-a").storeCutover(first, beginCutover(3));
    await first.release();
    const second = await storeOf("host-b").acquireLease("m");
    const late = { ...beginCutover(3), failure: "late" };
    await expect(storeOf("host-a").storeCutover(first, late)).rejects.toThrow(LeaseLostError);
    await storeOf("host-a").deleteCutover(first);
    expect(await storeOf("host-b").readCutover("m", 3)).toEqual(beginCutover(3));
    await second.release();
  });
});

describe("checkpoints", () => {
  it("are read back exactly, before changes are followed and behind", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    const first = { ...CHECKPOINT, consistentFrom: null, figures: null };
    for (const checkpoint of [first, CHECKPOINT, first]) {
      await store.storeCheckpoint(lease, 1, checkpoint);
      expect(exact(await store.readCheckpoint("m", 1))).toEqual(exact(checkpoint));
      expect(exact(await store.takeCheckpoint(lease, 1))).toEqual(exact(checkpoint));
    }
    await lease.release();
  });

  it("belong to one run of one migration", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    const other = await store.acquireLease("other");
    expect(await store.takeCheckpoint(lease, 1)).toBeNull();
    await store.storeCheckpoint(lease, 1, CHECKPOINT);
    expect(await store.readCheckpoint("m", 2)).toBeNull();
    expect(await store.takeCheckpoint(lease, 2)).toBeNull();
    expect(await store.readCheckpoint("other", 1)).toBeNull();
    expect(await store.takeCheckpoint(other, 1)).toBeNull();
    // The next run's takes the place of the one before.
    const next = { ...CHECKPOINT, sourceIdentity: "another" };
    await store.storeCheckpoint(lease, 2, next);
    expect(await store.readCheckpoint("m", 1)).toBeNull();
    expect(exact(await store.readCheckpoint("m", 2))).toEqual(exact(next));
    await Promise.all([lease.release(), other.release()]);
  });

  it("I7 are not stored by a process without the lease, once the one that has it took over", async () => {
    const store = storeOf("host-a", { isProcessAlive: () => false });
    const old = await store.acquireLease("m");
    await store.storeCheckpoint(old, 1, CHECKPOINT);
    const current = await store.acquireLease("m");
    expect(exact(await store.takeCheckpoint(current, 1))).toEqual(exact(CHECKPOINT));
    const late = { ...CHECKPOINT, sourceIdentity: "late" };
    await expect(store.storeCheckpoint(old, 1, late)).rejects.toThrow(LeaseLostError);
    await expect(store.storeCheckpoint(old, 2, late)).rejects.toThrow(LeaseLostError);
    expect(exact(await store.readCheckpoint("m", 1))).toEqual(exact(CHECKPOINT));
    // Neither does it take back what it has lost.
    expect(await store.takeCheckpoint(old, 1)).toBeNull();
    const next = { ...CHECKPOINT, sourceIdentity: "next" };
    await store.storeCheckpoint(current, 1, next);
    await expect(store.storeCheckpoint(old, 1, late)).rejects.toThrow(LeaseLostError);
    expect(exact(await store.readCheckpoint("m", 1))).toEqual(exact(next));
    await Promise.all([old.release(), current.release()]);
  });

  it("I7 are not stored by a process whose lease another has acquired, which has not read them yet", async () => {
    const store = storeOf("host-a", { isProcessAlive: () => false });
    const old = await store.acquireLease("m");
    await store.recordTransition(old, transitionTo("Copying"));
    await store.storeCheckpoint(old, 1, CHECKPOINT);
    const current = await store.acquireLease("m");
    const late = { ...CHECKPOINT, sourceIdentity: "late" };
    await expect(store.storeCheckpoint(old, 1, late)).rejects.toThrow(LeaseLostError);
    expect(exact(await store.readCheckpoint("m", 1))).toEqual(exact(CHECKPOINT));
    await Promise.all([old.release(), current.release()]);
  });
});

describe("records of collections", () => {
  it("are forgotten with their partitions, and those of no other", async () => {
    const store = storeOf("host-a");
    const lease = await store.acquireLease("m");
    const elsewhere = await store.acquireLease("elsewhere");
    const another = { db: "store", coll: "items" };
    for (const [owner, target] of [
      [lease, TARGET],
      [lease, another],
      [elsewhere, TARGET],
    ] as const) {
      await store.putCollectionRecord(owner, { ...RECORD, target, partitionCount: 1 });
      await store.putPartitions(owner, target, [{ min: null, max: null }], 0);
    }
    await store.deleteCollectionRecord(lease, TARGET);
    const left = await store.listCollectionRecords("m");
    expect(left.map(({ target }) => target)).toEqual([another]);
    const partitions = client.db("meta").collection("partitions");
    const found = await partitions.find().sort({ migration: 1 }).toArray();
    expect(found.map(({ migration, target }) => [migration, target])).toEqual([
      ["elsewhere", "store.orders.v2"],
      ["m", "store.items"],
    ]);
    expect(await store.sumProgress("m")).toMatchObject([{ target: another }]);
    expect(await store.listCollectionRecords("elsewhere")).toHaveLength(1);
    // Once more: it is gone already.
    await store.deleteCollectionRecord(lease, TARGET);
    await Promise.all([lease.release(), elsewhere.release()]);
  });

  it("I7 are not forgotten by a process without the lease", async () => {
    const store = storeOf("host-a", { isProcessAlive: () => false });
    const old = await store.acquireLease("m");
    const current = await store.acquireLease("m");
    await store.putCollectionRecord(current, { ...RECORD, partitionCount: 1 });
    await store.putPartitions(current, TARGET, [{ min: null, max: null }], 0);
    await store.deleteCollectionRecord(old, TARGET).catch((error: unknown) => {
      if (!(error instanceof LeaseLostError)) throw error;
    });
    expect(await store.listCollectionRecords("m")).toHaveLength(1);
    expect(await store.listPartitions("m", TARGET)).toHaveLength(1);
    await Promise.all([old.release(), current.release()]);
  });
});

describe("artifacts", () => {
  it("may be longer than a document, and count as missing until they are whole", async () => {
    const store = storeOf("host-a");
    const long = "ü".repeat(9_000_000);
    await store.saveArtifact("m", "plan", "d", long);
    expect(await store.loadArtifact("m", "plan", "d")).toBe(long);
    await store.saveArtifact("m", "plan", "d", "short");
    expect(await store.loadArtifact("m", "plan", "d")).toBe("short");
    await client.db("meta").collection("artifacts").deleteOne({ part: 0 });
    expect(await store.loadArtifact("m", "plan", "d")).toBeNull();
    expect(await store.loadArtifact("m", "results", "d")).toBeNull();
  });
});

function storeOf(
  host: string,
  { isProcessAlive = () => true }: { readonly isProcessAlive?: (pid: number) => boolean } = {},
): MigrationStore {
  return openStore(client, "meta", {
    identity: { host, processTable: host, pid: 1 },
    isProcessAlive,
  });
}

/** Bytes are compared as such, whatever holds them. */
function exact(checkpoint: Checkpoint | null) {
  if (checkpoint === null) return null;
  const { resumeToken, clusterTime } = checkpoint.position;
  return { ...checkpoint, position: { clusterTime, resumeToken: [...resumeToken] } };
}

function transitionTo(to: "Prechecking" | "Copying" | "Completed" | "Stalled") {
  return { to, reason: "test", planDigest: "d1", specHash: "s1", conditions: [] };
}
