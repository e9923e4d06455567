/** How far a migration has applied its source's changes. */
import { Binary, type WithId } from "mongodb";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Lease } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import { fromTimestamp, toTimestamp } from "../timestamp.ts";
import { type CheckpointDocument, type StoreCollections, isDuplicateKey } from "./documents.ts";
import { leaseLost } from "./run-store.ts";

export async function takeCheckpoint(
  { checkpoints }: StoreCollections,
  { migration, epoch }: Lease,
  runSeq: number,
): Promise<Checkpoint | null> {
  return operation("take over the checkpoint", migration, async () => {
    const found = await checkpoints.findOneAndUpdate(
      { _id: migration, epoch: { $lte: epoch } },
      { $set: { epoch } },
      { returnDocument: "after" },
    );
    return found === null || found.runSeq !== runSeq ? null : toCheckpoint(found);
  });
}

export async function storeCheckpoint(
  { checkpoints }: StoreCollections,
  lease: Lease,
  runSeq: number,
  { position, sourceIdentity, consistentFrom, figures }: Checkpoint,
): Promise<void> {
  const { migration, epoch } = lease;
  await operation("store the checkpoint", migration, async () => {
    const change = {
      epoch,
      runSeq,
      resumeToken: new Binary(Buffer.from(position.resumeToken)),
      clusterTime: toTimestamp(position.clusterTime),
      sourceIdentity,
      consistentFrom: consistentFrom === null ? null : toTimestamp(consistentFrom),
      figures,
    };
    // One of a later epoch does not match; its `_id` then refuses the upsert.
    await checkpoints
      .updateOne({ _id: migration, epoch: { $lte: epoch } }, { $set: change }, { upsert: true })
      .catch((error: unknown) => {
        throw isDuplicateKey(error) ? leaseLost(lease) : error;
      });
  });
}

export async function readCheckpoint(
  { checkpoints }: StoreCollections,
  migration: string,
  runSeq: number,
): Promise<Checkpoint | null> {
  return operation("read the checkpoint", migration, async () => {
    const found = await checkpoints.findOne({ _id: migration, runSeq });
    return found === null ? null : toCheckpoint(found);
  });
}

function toCheckpoint(found: WithId<CheckpointDocument>): Checkpoint {
  const { resumeToken, clusterTime, sourceIdentity, consistentFrom, figures } = found;
  return {
    position: { resumeToken: resumeToken.value(), clusterTime: fromTimestamp(clusterTime) },
    sourceIdentity,
    consistentFrom: fromTimestamp(consistentFrom),
    figures,
  };
}
