/** A bare repository that controllers follow, an author's clone that pushes to it, and the controllers. */
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type CliFixture, type CliRun, openCliFixture } from "./cli-fixture.ts";

export interface ServeFixture extends AsyncDisposable {
  /** For clones and whatever else a test keeps. */
  readonly root: string;
  readonly bare: string;
  readonly author: CliFixture;
  /** Writes files, or deletes them (null), on top of what the branch has, and pushes them. */
  push(files: Readonly<Record<string, string | null>>): Promise<void>;
  /** A file of the branch; empty where there is none. */
  show(path: string): Promise<string>;
  /** Runs git in the bare repository. */
  inBare(...args: readonly string[]): Promise<string>;
  /** Starts a controller of the bare repository and returns once it answers probes. */
  serve(options?: ServeOptions): Promise<Served>;
}

export interface ServeOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly repository?: string;
  /** Another build of the command line. */
  readonly program?: string;
}

export interface Served {
  /** Wrapped, since it is a promise itself. */
  readonly child: { readonly run: CliRun };
  readonly url: string;
  /** All lines so far. */
  said(): string;
  /** Returns once it has said so, `count` times in all. */
  says(text: string, count?: number): Promise<void>;
  /** Status and text of an answer. */
  probe(path: string): Promise<readonly [number, string]>;
  /** Sends SIGTERM and returns its exit code. */
  stop(): Promise<number>;
}

/** Longer than any test waits for one thing, also on a busy machine. */
export const SOON = { timeout: 45_000, interval: 100 };

export async function openServeFixture(
  env: Readonly<Record<string, string>>,
): Promise<ServeFixture> {
  const root = await mkdtemp(join(tmpdir(), "mongoferry-served-"));
  const bare = join(root, "bare.git");
  const inBare = async (...args: readonly string[]): Promise<string> =>
    (await execa("git", args, { cwd: bare })).stdout;
  await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  const author = await openCliFixture(env);
  await author.git("remote", "add", "origin", bare);
  await author.git("commit", "--quiet", "--allow-empty", "--message", "begin");
  await author.git("push", "--quiet", "-u", "origin", "main");
  const runs: CliRun[] = [];
  return {
    root,
    bare,
    author,
    inBare,
    async push(files) {
      await author.git("fetch", "--quiet", "origin");
      await author.git("reset", "--quiet", "--hard", "origin/main");
      for (const [path, text] of Object.entries(files)) {
        const file = join(author.directory, path);
        await (text === null ? rm(file) : writeFile(file, text));
      }
      await author.git("add", "--all");
      await author.git("commit", "--quiet", "--message", "change");
      // Whoever serves may have pushed state in between.
      await author.git("pull", "--quiet", "--rebase");
      await author.git("push", "--quiet");
    },
    show: async (path) => inBare("show", `main:${path}`).catch(() => ""),
    async serve({ args = [], env: more = {}, repository = bare, program } = {}) {
      const own = ["--repository", repository, "--port", "0", "--interval", "1s"];
      const run = author.start(["serve", ...own, ...args], more, program);
      runs.push(run);
      return served(run);
    },
    async [Symbol.asyncDispose]() {
      for (const run of runs) run.kill("SIGKILL");
      await Promise.all(runs);
      await author[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Returns once a controller that was started answers probes. */
export async function served(run: CliRun): Promise<Served> {
  let said = "";
  run.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const says = async (text: string, count = 1): Promise<void> => {
    await expect
      .poll(() => said.split(text).length > count || run.exitCode !== null, SOON)
      .toBe(true)
      .catch(() => {});
    if (said.split(text).length <= count) {
      throw new Error(`did not say "${text}" ${count} times, but: ${said}`);
    }
  };
  await says("answers probes at http://");
  const url = /answers probes at (http:\S+)/u.exec(said)?.[1] ?? "";
  return {
    child: { run },
    url,
    said: () => said,
    says,
    async probe(path) {
      const response = await fetch(`${url}${path}`);
      return [response.status, await response.text()];
    },
    async stop() {
      // Not by execa, which would send another signal after some seconds.
      if (run.pid !== undefined) process.kill(run.pid, "SIGTERM");
      return (await run).exitCode ?? -1;
    },
  };
}
