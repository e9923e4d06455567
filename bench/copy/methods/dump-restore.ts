/** `mongodump | mongorestore` with four insertion workers, where both are installed. */
import { execa } from "execa";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type CopyJob, SOURCE_DATABASE } from "../job.ts";
import { watchProcesses } from "../process-usage.ts";
import type { Measured } from "../results.ts";

const DUMP = "mongodump";
const RESTORE = "mongorestore";

/** Why the method cannot be measured here; null where it can. */
export function dumpRestoreAbsence(path: string): string | null {
  const missing = [DUMP, RESTORE].filter((tool) => !isOnPath(tool, path));
  return missing.length === 0 ? null : `${missing.join(" and ")} not on PATH`;
}

export async function copyByDump(job: CopyJob, signal: AbortSignal): Promise<Measured> {
  const dumpArguments = [
    `--uri=${job.sourceUri}`,
    `--db=${SOURCE_DATABASE}`,
    `--collection=${job.collection}`,
    "--archive",
    "--quiet",
  ];
  const restoreArguments = [
    `--uri=${job.destinationUri}`,
    "--archive",
    "--quiet",
    "--numInsertionWorkersPerCollection=4",
  ];
  const startedAt = performance.now();
  const options = { cancelSignal: signal, buffer: false } as const;
  const dump = execa(DUMP, dumpArguments, options);
  const restore = execa(RESTORE, restoreArguments, options);
  const usage = watchProcesses([dump.pid, restore.pid]);
  try {
    await dump.pipe(restore);
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, ...usage.latest() };
  } finally {
    usage.stop();
  }
}

function isOnPath(tool: string, path: string): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
