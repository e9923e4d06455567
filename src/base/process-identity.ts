import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a lease or a lock. */
export interface ProcessIdentity {
  /** Name of the machine, for people. */
  readonly host: string;
  /** Equal for two processes only when they share a table of process ids that has not been reset since. */
  readonly processTable: string;
  readonly pid: number;
}

/** This process, and whether others live that have held the same. */
export interface Holder {
  readonly identity: ProcessIdentity;
  /** Whether a process with this id runs on this machine. */
  isProcessAlive(pid: number): boolean;
}

/** Only a process of this very machine can be known to be dead. */
export function hasDied(owner: ProcessIdentity, holder: Holder): boolean {
  return owner.processTable === holder.identity.processTable && !holder.isProcessAlive(owner.pid);
}

/** @param pid - This process's id. */
export function describeProcess(pid: number): ProcessIdentity {
  const bootId = readQuietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const pidNamespace = readQuietly(() => readlinkSync("/proc/self/ns/pid"));
  return { host: hostname(), processTable: `${hostname()}/${bootId}/${pidNamespace}`, pid };
}

/** Facts that only Linux has; elsewhere the host name alone tells machines apart. */
function readQuietly(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}
