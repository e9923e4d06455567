import { type Environment, gitEnvironment } from "./git-environment.ts";
import { hideUrlCredentials } from "./hide-url-credentials.ts";
import { type GitResult, runGitProcess, SILENCE_MS } from "./run-git-process.ts";

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

export interface GitCallOptions {
  /** Text for standard input; left out: none. */
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
  const settings = CONFIG.flatMap((setting) => ["-c", setting]);
  const clean = (text: string): string => redact(hideUrlCredentials(text)).trimEnd();
  return async (args, options = {}) => {
    const result = await runGitProcess([...settings, ...args], {
      directory: options.directory ?? directory,
      env: { ...base, ...options.env },
      input: options.input ?? "",
      stop: stop ?? null,
    });
    const { exitCode, stdout, stderr } = result;
    if (exitCode === 0) return { ...result, stdout: stdout.replace(/\r?\n$/, "") };
    return { exitCode, stdout: clean(stdout), stderr: clean(stderr) };
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

function summarize(result: GitResult): string {
  const lines = result.stderr.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !line.startsWith("hint:"));
  return telling.slice(0, 6).join("; ") || `exit code ${result.exitCode}`;
}
