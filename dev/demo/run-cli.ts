/** Runs the built command line as a user would, in the demo's repository, and shows what is run. */
import { execa } from "execa";
import { fileURLToPath } from "node:url";
import { ExitCode } from "../../src/base/errors.ts";
import type { Tell } from "./tell.ts";

const CLI = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

/** How to call the built command line from a shell. */
export const CLI_COMMAND = `"${process.execPath}" "${CLI}"`;

/** Something that the demo promised didn't come true. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

export interface CliRunner {
  /** Runs a command that writes to this terminal. False: it says that something is in the way. */
  show(args: readonly string[]): Promise<boolean>;
  /** Runs a command whose output is not shown, in another environment. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void>;
  /** Starts a command that works beside what follows; each of its lines is shown as it comes. */
  start(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): RunningCli;
}

/** Disposing of it ends it. */
export interface RunningCli extends AsyncDisposable {
  /** @throws DemoFailure where it fails. */
  readonly ended: Promise<void>;
}

export function createCliRunner(
  cwd: string,
  env: NodeJS.ProcessEnv,
  tell: Tell,
  stop: AbortSignal,
): CliRunner {
  // Another process group would be stopped for reading from the terminal; this has nothing to read.
  const shared = { cwd, env, extendEnv: false, stdin: "ignore", cancelSignal: stop } as const;
  const tellCommand = (args: readonly string[]): void =>
    tell.command(`mongoferry ${args.join(" ")}`);
  return {
    async show(args) {
      tellCommand(args);
      const options = { ...shared, stdout: "inherit", stderr: "inherit", reject: false } as const;
      const result = await execa(process.execPath, [CLI, ...args], options);
      stop.throwIfAborted();
      if (result.exitCode === ExitCode.blockedByPrecheck) return false;
      requireSuccess(args, result);
      return true;
    },
    async run(args, more) {
      tellCommand(args);
      const options = { ...shared, env: more, all: true, reject: false } as const;
      const result = await execa(process.execPath, [CLI, ...args], options);
      stop.throwIfAborted();
      if (result.exitCode !== 0) tell.line(result.all);
      requireSuccess(args, result);
    },
    start(args, more, place) {
      tellCommand(args);
      const options = { ...shared, env: more, cwd: place, all: true, reject: false } as const;
      const run = execa(process.execPath, [CLI, ...args], options);
      const work = async (): Promise<void> => {
        for await (const line of run.iterable({ from: "all" })) {
          tell.line(tell.paint("dim", `│ ${line}`));
        }
        const result = await run;
        stop.throwIfAborted();
        requireSuccess(args, result);
      };
      const ended = work();
      // Whoever waits for it hears of it.
      ended.catch(() => {});
      return {
        ended,
        async [Symbol.asyncDispose]() {
          run.kill();
          await run;
        },
      };
    },
  };
}

interface Result {
  readonly exitCode?: number | undefined;
  readonly shortMessage?: string | undefined;
}

function requireSuccess(args: readonly string[], { exitCode, shortMessage }: Result): void {
  if (exitCode === 0) return;
  const how = exitCode === undefined ? shortMessage : `exit ${exitCode}`;
  throw new DemoFailure(`mongoferry ${args[0]} failed: ${how}`);
}
