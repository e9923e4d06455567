/**
 * The lease on a migration. Guarantees: epochs only grow; a holder that can no longer be sure of its lease is told
 * through its signal before another may take it; time is the destination server's, so clocks may differ.
 */
import { errorMessage, LeaseLostError, UserError } from "../../base/errors.ts";
import { hasDied, type Holder, type ProcessIdentity } from "../../base/process-identity.ts";
import type { Lease } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import type { LeaseDocument, StoreCollections } from "./documents.ts";

/** How long a lease outlives its last renewal; also how long an election at the destination may take. */
const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 10_000;

export async function acquireLease(
  store: StoreCollections,
  migration: string,
  holder: Holder,
): Promise<Lease> {
  const held = await store.leases.findOne({ _id: migration });
  // Any other keeps its lease until it runs out.
  const isOwnerDead = held !== null && held.owner !== null && hasDied(held.owner, holder);
  const takenAtMs = performance.now();
  const taken = await takeLease(store, migration, holder.identity, isOwnerDead ? held : null);
  if (taken === null) throw leaseHeld(migration, await store.leases.findOne({ _id: migration }));
  await fenceOlderEpochs(store, migration, taken.epoch);
  return new HeldLease(store, migration, taken.epoch, takenAtMs);
}

/** Whom `acquireLease` would refuse for, by the server's time. */
export async function readLeaseHolder(
  { leases }: StoreCollections,
  migration: string,
  holder: Holder,
): Promise<ProcessIdentity | null> {
  const held = await operation("read the lease", migration, async () =>
    leases.findOne({ _id: migration, $expr: { $gte: ["$until", "$$NOW"] } }),
  );
  const owner = held?.owner ?? null;
  return owner === null || hasDied(owner, holder) ? null : owner;
}

async function takeLease(
  { leases }: StoreCollections,
  migration: string,
  owner: ProcessIdentity,
  dead: LeaseDocument | null,
): Promise<LeaseDocument | null> {
  const isFree = [
    { owner: null },
    { $expr: { $lt: ["$until", "$$NOW"] } },
    ...(dead === null ? [] : [{ epoch: dead.epoch }]),
  ];
  const take = {
    epoch: { $add: ["$epoch", 1] },
    owner: { $literal: owner },
    until: { $add: ["$$NOW", LEASE_MS] },
  };
  return operation("acquire the lease", migration, async () => {
    const unheld = { epoch: 0, owner: null, until: new Date(0) };
    await leases.updateOne({ _id: migration }, { $setOnInsert: unheld }, { upsert: true });
    return leases.findOneAndUpdate({ _id: migration, $or: isFree }, [{ $set: take }], {
      returnDocument: "after",
    });
  });
}

/** From here on, writes of a process that held an earlier epoch match nothing (I7). */
async function fenceOlderEpochs(
  { migrations, collections, partitions, checkpoints, cutovers }: StoreCollections,
  migration: string,
  epoch: number,
): Promise<void> {
  await operation("fence earlier runs", migration, async () => {
    await migrations.updateOne({ _id: migration, epoch: { $lt: epoch } }, { $set: { epoch } });
    await collections.updateMany({ migration, epoch: { $lt: epoch } }, { $set: { epoch } });
    await partitions.updateMany({ migration, epoch: { $lt: epoch } }, { $set: { epoch } });
    await checkpoints.updateOne({ _id: migration, epoch: { $lt: epoch } }, { $set: { epoch } });
    await cutovers.updateOne({ _id: migration, epoch: { $lt: epoch } }, { $set: { epoch } });
  });
}

class HeldLease implements Lease {
  readonly migration: string;
  readonly epoch: number;
  readonly #store: StoreCollections;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAtMs: number;
  #renewing: Promise<void> = Promise.resolve();
  #isRenewing = false;
  #lastFailure = "the destination does not answer";

  constructor(store: StoreCollections, migration: string, epoch: number, takenAtMs: number) {
    this.#store = store;
    this.migration = migration;
    this.epoch = epoch;
    this.#renewedAtMs = takenAtMs;
    this.#timer = setInterval(() => {
      this.#tick();
    }, RENEW_EVERY_MS);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Judges by this process's own clock, so that a renewal that hangs is noticed too. */
  #tick(): void {
    // One tick comes between this look and the next, and one is the margin.
    const isTooLate = performance.now() - this.#renewedAtMs > LEASE_MS - 2 * RENEW_EVERY_MS;
    if (isTooLate) this.#lose(`it could not be renewed: ${this.#lastFailure}`);
    else if (!this.#isRenewing) this.#renewing = this.#renew();
  }

  async #renew(): Promise<void> {
    this.#isRenewing = true;
    const askedAtMs = performance.now();
    try {
      const { matchedCount } = await this.#store.leases.updateOne(
        { _id: this.migration, epoch: this.epoch },
        [{ $set: { until: { $add: ["$$NOW", LEASE_MS] } } }],
      );
      if (matchedCount === 0) this.#lose("another run has taken over");
      else this.#renewedAtMs = askedAtMs;
    } catch (error) {
      this.#lastFailure = errorMessage(error);
    } finally {
      this.#isRenewing = false;
    }
  }

  #lose(why: string): void {
    this.#abort.abort(new LeaseLostError(`The lease on ${this.migration} is lost: ${why}`));
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    await operation("release the lease", this.migration, async () => {
      await this.#store.leases.updateOne(
        { _id: this.migration, epoch: this.epoch },
        { $set: { owner: null } },
      );
    });
  }
}

function leaseHeld(migration: string, held: LeaseDocument | null): UserError {
  const owner = held?.owner;
  const who = owner == null ? "another process" : `process ${owner.pid} on ${owner.host}`;
  const until = held === null ? "" : ` until ${held.until.toISOString()}`;
  return new UserError({
    code: "migration-is-running",
    place: migration,
    problem: `${who} runs this migration and holds its lease${until}`,
    remedy: "Stop that process, or wait until its lease has run out, and try again",
  });
}
