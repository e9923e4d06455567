/**
 * Where servers of one run keep their data. A run that ends by a crash leaves its directory behind, and perhaps its
 * servers for a moment; the next start sweeps both. So the directory's name carries who made it: host and process id.
 */
import { execa } from "execa";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** The host's name is there for containers that share a temporary directory, but no process ids. */
const PREFIX = `mongoferry-mongod-${hostname().replaceAll(/[^A-Za-z0-9]/g, "_")}-`;

let swept: Promise<void> | null = null;

/** A new, empty directory of this process. The first call sweeps what crashed runs left. */
export async function createRunDirectory(): Promise<string> {
  swept ??= sweepRunDirectories();
  await swept;
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Directories of servers that this process has started and not stopped. */
export async function listRunDirectories(): Promise<readonly string[]> {
  const names = await readdir(tmpdir());
  return names.filter((name) => ownerPid(name) === process.pid).map((name) => join(tmpdir(), name));
}

/** Ends servers whose run has ended, and removes their directories. */
export async function sweepRunDirectories(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names) {
    const pid = ownerPid(name);
    if (pid === null || isProcessAlive(pid)) continue;
    const directory = join(tmpdir(), name);
    for (const orphan of await serverPids(directory)) await endProcess(orphan);
    // Another process may be sweeping the same one.
    await rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

/** Whether a process of this id runs; one that belongs to somebody else does, too. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return !isZombie(pid);
}

/** Ended, but not yet waited for: in a container without an init process it stays so for good. */
function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    // The state follows the command's name, which stands in parentheses and may hold any character.
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return status.slice(status.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

function ownerPid(name: string): number | null {
  if (!name.startsWith(PREFIX)) return null;
  const pid = Number.parseInt(name.slice(PREFIX.length), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** mongod writes its process id to `mongod.lock`. Ids are reused, so the command line must name the directory as well. */
async function serverPids(directory: string): Promise<readonly number[]> {
  const members = await readdir(directory).catch(() => []);
  const pids: number[] = [];
  for (const member of members) {
    const lock = await readFile(join(directory, member, "mongod.lock"), "utf8").catch(() => "");
    const pid = Number.parseInt(lock, 10);
    if (pid > 0 && (await commandLine(pid)).includes(directory)) pids.push(pid);
  }
  return pids;
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === "linux") {
    return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  }
  const { stdout } = await execa("ps", ["-o", "command=", "-p", String(pid)], { reject: false });
  return stdout ?? "";
}

async function endProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
  await waitForExit(pid);
}

/** Waits until the process is gone, for at most ten seconds. */
export async function waitForExit(pid: number, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (isProcessAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
