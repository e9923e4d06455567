import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { errorMessage } from "../base/errors.ts";

/** A git process that says nothing for this long is ended: a remote that hangs must not hold up a migration. */
export const SILENCE_MS = 120_000;
const SILENT = `it said nothing for ${SILENCE_MS / 1_000} s: timeout reached`;

/** How long nothing may come of a git that has ended before its output counts as whole, and how long it is waited for at most. */
const QUIET_MS = 50;
const OUTPUT_WITHIN_MS = 5_000;

export interface GitResult {
  /** Negative where git could not be started, or was ended. */
  readonly exitCode: number;
  readonly stdout: string;
  /** Never empty where the exit code is negative. */
  readonly stderr: string;
}

export interface GitProcess {
  readonly directory: string;
  /** The whole of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  /** Ends it; null: nothing does but its silence. */
  readonly stop: AbortSignal | null;
}

/** Runs git to its end. Never fails: why it could not be started, or was ended, is in the result. */
export async function runGitProcess(
  args: readonly string[],
  { directory, env, input, stop }: GitProcess,
): Promise<GitResult> {
  let endedFor = "";
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const silence = setTimeout(() => end(SILENT), SILENCE_MS);
  const interrupt = (): void => end("it was interrupted");
  const closed = new AbortController();
  let end = (reason: string): void => {
    endedFor ||= reason;
  };
  try {
    const git = spawn("git", args, { cwd: directory, env, windowsHide: true });
    // Listens before anything else: where no process could be made, it is told later, and the pipes are missing.
    const exited = once(git, "exit") as Promise<[number | null]>;
    exited.catch(() => {});
    end = (reason) => {
      endedFor ||= reason;
      git.kill();
    };
    git.once("close", () => closed.abort());
    for (const name of ["stdout", "stderr"] as const) {
      git[name]?.on("data", (chunk: Buffer) => {
        output[name].push(chunk);
        silence.refresh();
      });
    }
    if (stop?.aborted === true) interrupt();
    stop?.addEventListener("abort", interrupt);
    // One that ends early does not read it.
    git.stdin?.on("error", () => {}).end(input);
    const [exitCode] = await exited;
    const reason = endedFor;
    await untilQuiet(closed.signal, () => output.stdout.length + output.stderr.length);
    git.stdout?.destroy();
    git.stderr?.destroy();
    const [stdout, stderr] = [textOf(output.stdout), textOf(output.stderr)];
    if (exitCode === 0 || (exitCode !== null && reason === "")) return { exitCode, stdout, stderr };
    return { exitCode: -1, stdout, stderr: `${stderr}${reason || "a signal ended it"}` };
  } catch (error) {
    return { exitCode: -1, stdout: "", stderr: errorMessage(error) };
  } finally {
    clearTimeout(silence);
    stop?.removeEventListener("abort", interrupt);
  }
}

/**
 * Waits until the pipes of a git that has ended are closed. What it has started for a remote may hold them open: then all is said once
 * nothing comes any more.
 */
async function untilQuiet(closed: AbortSignal, heard: () => number): Promise<void> {
  const untilMs = performance.now() + OUTPUT_WITHIN_MS;
  for (let before = -1; before !== heard() && performance.now() < untilMs;) {
    if (closed.aborted) return;
    before = heard();
    await delay(QUIET_MS, undefined, { signal: closed }).catch(() => {});
    // On a busy machine the time may be over before what has come was read.
    await turn();
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
