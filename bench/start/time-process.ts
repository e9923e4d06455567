import { execa } from "execa";
import type { Measured } from "../copy/results.ts";

export interface TimedProcess {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The time of the command goes to the shell's standard error, what the command says there to file descriptor 3. */
const SCRIPT = 'TIMEFORMAT="%R %U %S"; time "$@" 2>&3';

/**
 * Wall time and CPU time of a whole Node process, threads included, in milliseconds' resolution. Node tells neither of a child process that has
 * ended; bash does, on Linux as on macOS, from what the kernel has counted.
 *
 * @throws Error where the process fails, with what it printed.
 */
export async function timeProcess(
  { args, cwd, env }: TimedProcess,
  signal: AbortSignal,
): Promise<Pick<Measured, "seconds"> & { readonly cpuSeconds: number }> {
  const { exitCode, stderr, stdio } = await execa(
    "bash",
    ["-c", SCRIPT, "bash", process.execPath, ...args],
    {
      cwd,
      // A locale may have another decimal point; options for this process are not for the measured one.
      env: { ...env, LC_ALL: "C", NODE_OPTIONS: "" },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      reject: false,
      cancelSignal: signal,
    },
  );
  signal.throwIfAborted();
  const [seconds = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr
    .trim()
    .split(" ")
    .map(Number);
  if (exitCode !== 0 || !(seconds > 0)) {
    throw new Error(`node ${args.join(" ")} failed: ${stdio[3]}${stderr}`);
  }
  return { seconds, cpuSeconds: user + system };
}
