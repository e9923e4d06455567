/** A process of its own for one copy, so that memory and CPU time are of that method alone. */
import { getOneMessage, sendMessage } from "execa";
import type { CopyJob } from "./job.ts";
import { copyDecoded } from "./methods/find-insert-many.ts";
import { copyFromMemory } from "./methods/floor.ts";
import { copyWithOurs } from "./methods/ours.ts";
import type { Measured, MethodName } from "./results.ts";

export interface WorkerInput {
  readonly method: WorkerMethod;
  readonly job: CopyJob;
}

/** `dump-restore` consists of processes of its own already. */
export type WorkerMethod = Exclude<MethodName, "dump-restore">;

const copies: Record<WorkerMethod, (job: CopyJob) => Promise<Measured>> = {
  floor: copyFromMemory,
  "find-insert-many": copyDecoded,
  ours: copyWithOurs,
};

process.once("disconnect", () => process.exit(1));
const { method, job } = (await getOneMessage()) as unknown as WorkerInput;
const measured = await copies[method](job);
await sendMessage({ ...measured });
// The listener above must not be what keeps this process alive.
process.channel?.unref();
