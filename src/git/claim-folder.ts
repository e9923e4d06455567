import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage, UserError } from "../base/errors.ts";
import type { ProcessIdentity } from "../base/process-identity.ts";

/** Who wants a folder. */
export interface FolderClaimant {
  readonly identity: ProcessIdentity;
  /** Whether a process with this id runs on this machine. */
  isProcessAlive(pid: number): boolean;
}

/**
 * Makes a folder that only this process and nobody else's account uses, and returns what gives it back. One that a dead process has left is
 * taken over; of another machine's process nobody knows whether it is dead, and a folder that outlives its container would never be had again.
 *
 * @throws UserError where a living process of this machine uses it, or it cannot be written.
 */
export async function claimFolder(
  folder: string,
  { identity, isProcessAlive }: FolderClaimant,
): Promise<() => Promise<void>> {
  const file = join(folder, "process.json");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { processTable, pid } = await readOwner(file);
    const isOther = processTable === identity.processTable && pid !== identity.pid;
    if (isOther && isProcessAlive(pid)) throw inUse(folder, pid);
    await writeFile(file, JSON.stringify(identity));
  } catch (error) {
    throw error instanceof UserError ? error : notWritable(folder, error);
  }
  return async () => rm(file, { force: true });
}

async function readOwner(file: string): Promise<Pick<ProcessIdentity, "processTable" | "pid">> {
  try {
    const read = JSON.parse(await readFile(file, "utf8")) as Partial<ProcessIdentity>;
    return { processTable: String(read.processTable), pid: Number(read.pid) };
  } catch {
    // Nobody's, or half written by one that was killed.
    return { processTable: "", pid: 0 };
  }
}

function inUse(folder: string, pid: number): UserError {
  return new UserError({
    code: "folder-in-use",
    place: folder,
    problem: `process ${pid} keeps its clone there`,
    remedy: "Give each process a folder of its own with --path",
  });
}

function notWritable(folder: string, error: unknown): UserError {
  return new UserError({
    code: "folder-not-writable",
    place: folder,
    problem: `the clone cannot be kept there: ${errorMessage(error)}`,
    remedy: "Name a folder that this account may write with --path",
    cause: error,
  });
}
