import { readFileSync } from "node:fs";
import type { Measured } from "./results.ts";

/** Runs the part that counts and tells its time, this process's CPU time in it, and the process's peak memory. */
export async function measure(run: () => Promise<void>): Promise<Measured> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes() };
}

/**
 * On Linux `maxRSS` of a new process begins at what its parent had resident when it started it, so the kernel's own mark
 * for this program is read instead.
 */
function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return peakBytesIn(readFileSync("/proc/self/status", "utf8"));
}

/** @param status - Content of Linux's `/proc/<pid>/status`. */
export function peakBytesIn(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
