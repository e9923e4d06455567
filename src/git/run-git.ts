import { simpleGit } from "simple-git";
import { errorMessage } from "../base/errors.ts";
import { type Environment, gitEnvironment } from "./git-environment.ts";
import { hideUrlCredentials } from "./hide-url-credentials.ts";

/** A git process that says nothing for this long is ended: a remote that hangs must not hold up a migration. */
const SILENCE_MS = 120_000;

/**
 * Hooks of the user's repository are for the user's own commits. No automatic gc: it would run long in a job. Messages
 * are UTF-8 whatever the repository's setting says. What git starts for a remote outlives a git that is ended, and has to end by itself.
 */
const CONFIG = [
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
  "i18n.commitEncoding=utf-8",
  "http.lowSpeedLimit=1",
  `http.lowSpeedTime=${SILENCE_MS / 1_000}`,
];

/**
 * simple-git refuses settings with which untrusted input could start programs. Here they come from the user's own
 * environment (as git itself would take them) and from `CONFIG`; arguments are built from constants, hashes and
 * checked refs. `allowUnsafePack` stays off.
 */
const UNSAFE = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeExec: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeHooksPath: true,
  allowUnsafeInclude: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeUrlRewrite: true,
};

export interface GitResult {
  /** Negative where git could not be started. */
  readonly exitCode: number;
  /** Without the final line break. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitCallOptions {
  /** Text for standard input; never empty. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory, where it is not the runner's own. */
  readonly directory?: string;
}

/** Runs git; a failing exit code is a result, not an error. Output of failures has no credentials of URLs in it. */
export type RunGit = (args: readonly string[], options?: GitCallOptions) => Promise<GitResult>;

/** A git command that failed. Holds neither its arguments nor its environment. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly command: string;
  readonly result: GitResult;

  constructor(command: string, result: GitResult) {
    super(`git ${command}: ${summarize(result)}`);
    this.command = command;
    this.result = result;
  }
}

/**
 * Makes a runner for one directory. Calls are independent and may overlap.
 *
 * @param stop - Ends what runs; only for one who writes nothing.
 */
export function createGitRunner(
  directory: string,
  env: Environment,
  redact: (text: string) => string,
  stop?: AbortSignal,
): RunGit {
  const base = gitEnvironment(env);
  return async (args, options = {}) => {
    const callEnv = { ...base, ...options.env };
    let failed: GitResult | null = null;
    const git = simpleGit({
      baseDir: options.directory ?? directory,
      config: CONFIG,
      unsafe: UNSAFE,
      allowEnvironment: Object.keys(callEnv).filter((name) => /^git_/i.test(name)),
      timeout: { block: SILENCE_MS },
      ...(stop === undefined ? {} : { abort: stop }),
      ...(options.input === undefined ? {} : { input: () => options.input }),
      // Otherwise simple-git takes a silent failure, such as `merge-base --is-ancestor`, for success.
      errors: (error, { exitCode, stdOut, stdErr }) => {
        if (exitCode === 0) return error;
        failed = { exitCode, stdout: toText(stdOut, redact), stderr: toText(stdErr, redact) };
        return error ?? new Error("git failed");
      },
    }).env(callEnv);
    try {
      const stdout = await git.raw([...args]);
      return { exitCode: 0, stdout: stdout.replace(/\r?\n$/, ""), stderr: "" };
    } catch (error) {
      const message = redact(hideUrlCredentials(errorMessage(error)));
      return mergeFailure(failed, message);
    }
  };
}

/**
 * A runner whose ssh asks for no passphrase and no host key. Where the user chose an ssh command (as checkout actions do
 * for deploy keys), that one stays as it is.
 */
export async function withoutSshPrompts(run: RunGit, env: Environment): Promise<RunGit> {
  const isChosen = env["GIT_SSH_COMMAND"] !== undefined || env["GIT_SSH"] !== undefined;
  if (isChosen || (await run(["config", "--get", "core.sshCommand"])).exitCode === 0) return run;
  const ssh = { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" };
  return (args, options = {}) => run(args, { ...options, env: { ...ssh, ...options.env } });
}

/** Runs git and returns its output, or throws GitFailure. */
export async function mustRunGit(
  run: RunGit,
  args: readonly string[],
  options?: GitCallOptions,
): Promise<string> {
  const result = await run(args, options);
  if (result.exitCode !== 0) throw new GitFailure(args[0] ?? "", result);
  return result.stdout;
}

/** Where git said nothing itself (not started, ended for its silence) the reason is in simple-git's message. */
function mergeFailure(failed: GitResult | null, message: string): GitResult {
  if (failed === null) return { exitCode: -1, stdout: "", stderr: message };
  return failed.stderr === "" ? { ...failed, stderr: message } : failed;
}

function toText(chunks: readonly Buffer[], redact: (text: string) => string): string {
  return redact(hideUrlCredentials(Buffer.concat(chunks).toString("utf8"))).trimEnd();
}

function summarize(result: GitResult): string {
  const lines = result.stderr.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !line.startsWith("hint:"));
  return telling.slice(0, 6).join("; ") || `exit code ${result.exitCode}`;
}
