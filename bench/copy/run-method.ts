import { execaNode } from "execa";
import type { CopyJob } from "./job.ts";
import { copyByDump } from "./methods/dump-restore.ts";
import type { Measured, MethodName } from "./results.ts";
import type { WorkerInput } from "./worker.ts";

const WORKER = new URL("./worker.ts", import.meta.url);

/** What the product turns off when it starts, and its floor with it; scripts with the driver know nothing of it. */
const AS_THE_PRODUCT = ["--no-incremental-marking"];

/** Copies once, in processes of their own. */
export async function runMethod(
  method: MethodName,
  job: CopyJob,
  signal: AbortSignal,
): Promise<Measured> {
  if (method === "dump-restore") return copyByDump(job, signal);
  const input: WorkerInput = { method, job };
  const { ipcOutput } = await execaNode(WORKER, {
    nodeOptions: [
      ...(method === "find-insert-many" ? [] : AS_THE_PRODUCT),
      "--import",
      import.meta.resolve("tsx"),
    ],
    ipcInput: { ...input, job: { ...job } },
    cancelSignal: signal,
    stdout: "inherit",
    stderr: "inherit",
  });
  const measured = ipcOutput[0] as unknown as Measured | undefined;
  if (measured === undefined) throw new Error(`${method} ended without a result`);
  return measured;
}
