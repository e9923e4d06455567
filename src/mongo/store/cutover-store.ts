/** How far a migration's cutover is. */
import type { Timestamp } from "mongodb";
import type { CutoverRecord } from "../../model/cutover.ts";
import type { Lease } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { fromTimestamp, toTimestamp } from "../timestamp.ts";
import { isDuplicateKey, type StoreCollections } from "./documents.ts";
import { leaseLost } from "./run-store.ts";

export interface CutoverDocument extends Omit<
  CutoverRecord,
  "fence" | "checkedUpTo" | "destinationTime"
> {
  readonly _id: string;
  readonly epoch: number;
  readonly fence: Timestamp | null;
  readonly checkedUpTo: Timestamp | null;
  readonly destinationTime: Timestamp | null;
}

export async function readCutover(
  { cutovers }: StoreCollections,
  migration: string,
  runSeq: number,
): Promise<CutoverRecord | null> {
  return operation("read the cutover", migration, async () => {
    const found = await cutovers.findOne({ _id: migration, runSeq });
    if (found === null) return null;
    const { step, begun, isSourceBlocked, notRestored, failure, endedAt } = found;
    return {
      runSeq,
      step,
      begun,
      isSourceBlocked,
      fence: fromTimestamp(found.fence),
      checkedUpTo: fromTimestamp(found.checkedUpTo),
      destinationTime: fromTimestamp(found.destinationTime),
      notRestored,
      failure,
      endedAt,
    };
  });
}

export async function storeCutover(
  { cutovers }: StoreCollections,
  lease: Lease,
  record: CutoverRecord,
): Promise<void> {
  const { migration, epoch } = lease;
  await operation("store the cutover", migration, async () => {
    const change = {
      ...record,
      epoch,
      fence: record.fence === null ? null : toTimestamp(record.fence),
      checkedUpTo: record.checkedUpTo === null ? null : toTimestamp(record.checkedUpTo),
      destinationTime: record.destinationTime === null ? null : toTimestamp(record.destinationTime),
    };
    // One of a later epoch does not match; its `_id` then refuses the upsert.
    await cutovers
      .updateOne({ _id: migration, epoch: { $lte: epoch } }, { $set: change }, { upsert: true })
      .catch((error: unknown) => {
        throw isDuplicateKey(error) ? leaseLost(lease) : error;
      });
  });
}

export async function deleteCutover(
  { cutovers }: StoreCollections,
  { migration, epoch }: Lease,
): Promise<void> {
  await operation("forget the cutover", migration, async () => {
    await cutovers.deleteOne({ _id: migration, epoch: { $lte: epoch } });
  });
}
