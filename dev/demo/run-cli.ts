/** Runs the built command line as a user would, in the demo's repository, and shows what is run. */
import { execa } from "execa";
import { fileURLToPath } from "node:url";
import type { Tell } from "./tell.ts";

const CLI = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

/** How to call the built command line from a shell. */
export const CLI_COMMAND = `"${process.execPath}" "${CLI}"`;

/** Something that the demo promised didn't come true. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

export interface CliRunner {
  /** Runs a command that writes to this terminal, and returns the milliseconds it took. */
  show(args: readonly string[]): Promise<number>;
  /** Runs a command and returns what it wrote to standard output. */
  capture(args: readonly string[], shown: string): Promise<string>;
}

export function createCliRunner(
  cwd: string,
  env: NodeJS.ProcessEnv,
  tell: Tell,
  stop: AbortSignal,
): CliRunner {
  // Another process group would be stopped for reading from the terminal; this has nothing to read.
  const shared = { cwd, env, extendEnv: false, stdin: "ignore", cancelSignal: stop } as const;
  const run = async (args: readonly string[], stdout: "inherit" | "pipe"): Promise<string> => {
    const options = { ...shared, stdout, stderr: "inherit", reject: false } as const;
    const result = await execa(process.execPath, [CLI, ...args], options);
    stop.throwIfAborted();
    if (result.exitCode !== 0) {
      const how = result.exitCode === undefined ? result.shortMessage : `exit ${result.exitCode}`;
      throw new DemoFailure(`mongoferry ${args[0]} failed: ${how}`);
    }
    return result.stdout ?? "";
  };
  return {
    async show(args) {
      tell.command(`mongoferry ${args.join(" ")}`);
      const startedAt = performance.now();
      await run(args, "inherit");
      return performance.now() - startedAt;
    },
    async capture(args, shown) {
      tell.command(shown);
      return run(args, "pipe");
    },
  };
}
