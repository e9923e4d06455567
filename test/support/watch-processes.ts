/** What anybody on a machine sees of the processes that a test starts. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface SeenProcesses {
  /** Arguments of all processes that were seen, one text each. */
  readonly commandLines: ReadonlySet<string>;
  /** Environments of the git processes among them, and of what these have started. */
  readonly gitEnvironments: ReadonlySet<string>;
}

export interface ProcessWatch extends AsyncDisposable {
  readonly seen: SeenProcesses;
}

const EVERY_MS = 3;

/** Looks again and again until it is disposed of: short-lived processes are seen now and then, and many of them at least once. */
export function watchProcesses(): ProcessWatch {
  const commandLines = new Set<string>();
  const gitEnvironments = new Set<string>();
  const end = new AbortController();
  const look = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
      await Promise.all(pids.map(async (pid) => lookAt(pid)));
      await sleep(EVERY_MS);
    }
  };
  const lookAt = async (pid: string): Promise<void> => {
    const read = async (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
    const line = (await read("cmdline")).replaceAll("\0", " ");
    if (line === "") return;
    commandLines.add(line);
    if (/^(?:\S*\/)?git(?:-[\w-]+)?(?:\s|$)/u.test(line))
      gitEnvironments.add(await read("environ"));
  };
  const looking = look();
  return {
    seen: { commandLines, gitEnvironments },
    async [Symbol.asyncDispose]() {
      end.abort();
      await looking;
    },
  };
}
