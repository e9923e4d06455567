import { readFileSync } from "node:fs";
import type { Measured } from "./results.ts";
import { peakBytesIn } from "./stopwatch.ts";

const SAMPLE_MS = 20;
/** Unit of CPU times in `/proc/<pid>/stat`, the same on all Linux systems. */
const TICKS_PER_SECOND = 100;

type Usage = Pick<Measured, "cpuSeconds" | "peakBytes">;

/** Samples CPU time and peak memory of other programs, added up; on Linux only, elsewhere both stay unknown. */
export function watchProcesses(pids: readonly (number | undefined)[]): {
  latest(): Usage;
  stop(): void;
} {
  const seen = new Map<number, { cpuSeconds: number; peakBytes: number }>();
  const timer = setInterval(() => {
    for (const pid of pids) {
      const usage = pid === undefined ? null : readUsage(pid);
      if (pid !== undefined && usage !== null) seen.set(pid, usage);
    }
  }, SAMPLE_MS);
  return {
    latest: () => {
      const usages = [...seen.values()];
      if (usages.length === 0) return { cpuSeconds: null, peakBytes: null };
      return {
        cpuSeconds: usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0),
        peakBytes: usages.reduce((sum, usage) => sum + usage.peakBytes, 0),
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Null once the process has ended. */
function readUsage(pid: number): { cpuSeconds: number; peakBytes: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const peakBytes = peakBytesIn(readFileSync(`/proc/${pid}/status`, "utf8"));
    if (peakBytes === 0) return null;
    // After the name, which stands in parentheses and may hold blanks: user and system time are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, peakBytes };
  } catch {
    return null;
  }
}
