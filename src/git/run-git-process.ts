import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { errorMessage } from "../base/errors.ts";

/** A git process that says nothing for this long is ended: a remote that hangs must not hold up a migration. */
export const SILENCE_MS = 120_000;

/** How long nothing may come of a git that has ended before its output counts as whole. */
const QUIET_MS = 50;

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
  try {
    const git = spawn("git", args, { cwd: directory, env, windowsHide: true });
    return await collect(git, input, stop);
  } catch (error) {
    return { exitCode: -1, stdout: "", stderr: errorMessage(error) };
  }
}

async function collect(
  git: ChildProcessWithoutNullStreams,
  input: string,
  stop: AbortSignal | null,
): Promise<GitResult> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let endedFor = "";
  const end = (reason: string): void => {
    endedFor ||= reason;
    git.kill();
  };
  const silence = setTimeout(
    end,
    SILENCE_MS,
    `it said nothing for ${SILENCE_MS / 1_000} s: timeout reached`,
  );
  const interrupt = (): void => end("it was interrupted");
  if (stop?.aborted === true) interrupt();
  stop?.addEventListener("abort", interrupt);
  for (const name of ["stdout", "stderr"] as const) {
    git[name].on("data", (chunk: Buffer) => {
      chunks[name].push(chunk);
      silence.refresh();
    });
  }
  // One that ends early does not read it.
  git.stdin.on("error", () => {}).end(input);
  try {
    const closed = new AbortController();
    git.once("close", () => closed.abort());
    const [exitCode] = (await once(git, "exit")) as [number | null];
    // What git has started for a remote may hold the pipes open: then they are never closed, and all is said once nothing comes.
    const heard = (): number => chunks.stdout.length + chunks.stderr.length;
    for (let before = -1; !closed.signal.aborted && before !== heard();) {
      before = heard();
      await delay(QUIET_MS, undefined, { signal: closed.signal }).catch(() => {});
      // On a busy machine the time may be over before what has come was read.
      await turn();
    }
    const text = (name: keyof typeof chunks): string =>
      Buffer.concat(chunks[name]).toString("utf8");
    return {
      exitCode: endedFor === "" ? (exitCode ?? -1) : -1,
      stdout: text("stdout"),
      stderr: text("stderr") || endedFor || (exitCode === null ? "a signal ended it" : ""),
    };
  } finally {
    clearTimeout(silence);
    stop?.removeEventListener("abort", interrupt);
    git.stdout.destroy();
    git.stderr.destroy();
  }
}
