/** Shows how far an index build is while the server works on it. Nothing here can fail or delay the build. */
import { setTimeout as sleep } from "node:timers/promises";

const POLL_INTERVAL_MS = 2000;

export interface IndexBuildWatch {
  /** Share of the build's present step; null where it cannot be read. */
  readonly read: (signal: AbortSignal) => Promise<number | null>;
  readonly show: (share: number | null) => void;
  /** Waits; rejects when the signal aborts. Tests pass their own. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Settles as `build` does. The watch ends with it, and leaves no share behind. */
export async function watchIndexBuild<T>(
  build: () => Promise<T>,
  watch: IndexBuildWatch,
): Promise<T> {
  const ended = new AbortController();
  const watching = poll(watch, ended.signal);
  try {
    return await build();
  } finally {
    ended.abort();
    await watching;
    watch.show(null);
  }
}

async function poll(watch: IndexBuildWatch, signal: AbortSignal): Promise<void> {
  const pause = watch.pause ?? (async (ms, stop) => sleep(ms, undefined, { signal: stop }));
  try {
    for (;;) {
      await pause(POLL_INTERVAL_MS, signal);
      watch.show(await watch.read(signal));
    }
  } catch {
    // The build has ended, or its progress cannot be read: neither concerns the build.
  }
}
