/** Phase and history of a migration. */
import { LeaseLostError, BugError } from "../../base/errors.ts";
import type { ClusterTime, Condition, Phase, RunRecord, Transition } from "../../model/run.ts";
import type { Lease, TransitionRequest } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { fromTimestamp, toTimestamp } from "../timestamp.ts";
import { type RunDocument, type StoreCollections, type TransitionDocument } from "./documents.ts";

export async function readRun(
  { migrations }: StoreCollections,
  migration: string,
): Promise<RunRecord | null> {
  return operation("read the migration's state", migration, async () => {
    const found = await migrations.findOne({ _id: migration });
    if (found === null) return null;
    // Records of versions that did not note it have passed where they have a fence.
    const { _id, startFence, isAdmitted = true, ...rest } = found;
    return { migration: _id, startFence: fromTimestamp(startFence), isAdmitted, ...rest };
  });
}

/** Both documents in one transaction, so that no sequence number is ever without its transition. */
export async function recordTransition(
  store: StoreCollections,
  lease: Lease,
  request: TransitionRequest,
): Promise<Transition> {
  return operation("record a transition", lease.migration, async () => {
    await registerMigration(store, lease);
    const at = new Date();
    return store.client.withSession(async (session) =>
      session.withTransaction(
        async () => {
          const held = { _id: lease.migration, epoch: lease.epoch };
          const before = await store.migrations.findOne(held, { session });
          if (before === null) throw leaseLost(lease);
          const change = { $set: changeTo(request, before, at), $inc: { seq: 1 } };
          await store.migrations.updateOne(held, change, { session });
          const transition = toTransition(lease, before, request, at);
          await store.transitions.insertOne(toDocument(transition), { session });
          return transition;
        },
        { readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } },
      ),
    );
  });
}

/** The first transition of a migration finds no record yet. An older epoch cannot register over a newer one. */
async function registerMigration({ migrations }: StoreCollections, lease: Lease): Promise<void> {
  const fresh: Omit<RunDocument, "_id"> = {
    phase: "Pending",
    since: new Date(),
    epoch: lease.epoch,
    seq: 0,
    runSeq: 0,
    publishedSeq: 0,
    planDigest: null,
    specHash: "",
    conditions: [],
    startFence: null,
    isAdmitted: false,
  };
  await migrations.updateOne({ _id: lease.migration }, { $setOnInsert: fresh }, { upsert: true });
}

/** A new run begins after none or an ended one, without a start fence; anything else goes on with the run there is. */
function changeTo(request: TransitionRequest, before: RunDocument, at: Date): Partial<RunDocument> {
  const { to, planDigest, specHash, conditions } = request;
  const isNewRun = to === "Prechecking" && ENDED.has(before.phase);
  return {
    phase: to,
    since: at,
    planDigest,
    specHash,
    conditions,
    ...(isNewRun ? { startFence: null, runSeq: before.seq + 1 } : {}),
    ...(to === "Prechecking" ? { isAdmitted: false } : {}),
    ...(to === "Copying" ? { isAdmitted: true } : {}),
  };
}

const ENDED: ReadonlySet<Phase> = new Set(["Pending", "Completed", "Stopped"]);

function toTransition(
  lease: Lease,
  before: RunDocument,
  request: TransitionRequest,
  at: Date,
): Transition {
  const { migration, epoch } = lease;
  return { migration, seq: before.seq + 1, epoch, from: before.phase, at, ...request };
}

function toDocument(transition: Transition): TransitionDocument {
  const { migration, seq, ...rest } = transition;
  return { _id: { migration, seq }, ...rest };
}

export async function storeStartFence(
  { migrations }: StoreCollections,
  lease: Lease,
  fence: ClusterTime,
): Promise<void> {
  await operation("store the start fence", lease.migration, async () => {
    const { matchedCount } = await migrations.updateOne(
      { _id: lease.migration, epoch: lease.epoch },
      { $set: { startFence: toTimestamp(fence) } },
    );
    if (matchedCount === 0) throw leaseLost(lease);
  });
}

export async function listTransitions(
  { transitions }: StoreCollections,
  migration: string,
): Promise<readonly Transition[]> {
  return operation("list transitions", migration, async () => {
    const found = await transitions
      .find({ "_id.migration": migration })
      .sort({ "_id.seq": 1 })
      .toArray();
    return found.map(({ _id, ...rest }, position) => {
      if (_id.seq !== position + 1) throw new BugError(`${migration} lacks transition ${position}`);
      return { ..._id, ...rest };
    });
  });
}

export async function storeConditions(
  { migrations }: StoreCollections,
  lease: Lease,
  conditions: readonly Condition[],
): Promise<void> {
  await operation("store conditions", lease.migration, async () => {
    await migrations.updateOne(
      { _id: lease.migration, epoch: lease.epoch },
      { $set: { conditions } },
    );
  });
}

export async function markPublished(
  { migrations }: StoreCollections,
  lease: Lease,
  seq: number,
): Promise<void> {
  await operation("mark transitions as published", lease.migration, async () => {
    await migrations.updateOne(
      { _id: lease.migration, epoch: lease.epoch },
      { $max: { publishedSeq: seq } },
    );
  });
}

export function leaseLost(lease: Lease): LeaseLostError {
  return new LeaseLostError(
    `Another run has taken ${lease.migration} over since epoch ${lease.epoch}`,
  );
}
