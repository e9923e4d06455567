import { OperationError } from "../base/errors.ts";
import { GitFailure } from "./run-git.ts";

/** Why git failed, as far as it decides what happens next. */
export type GitTrouble = "protected" | "race" | "auth" | "unreachable" | "other";

/** First match wins: a refusal by a rule also says `remote rejected`, a 403 also says `unable to access`. */
const SIGNS: readonly (readonly [GitTrouble, RegExp])[] = [
  [
    "protected",
    /GH006|GH013|protected branch|hook declined|repository rule violations|not allowed to push/i,
  ],
  [
    "race",
    /\[rejected\].*\((?:fetch first|non-fast-forward|stale info)\)|cannot lock ref|failed to update ref|failed to lock|reference already exists|incorrect old value|\.lock': File exists/i,
  ],
  [
    "auth",
    /authentication failed|could not read (?:username|password)|terminal prompts disabled|permission denied|denied to |returned error: 40[13]|HTTP 40[13]|invalid username or|host key verification failed|write access to repository not granted|access denied/i,
  ],
  [
    "unreachable",
    /could not resolve host|connection (?:refused|timed out|reset|closed)|unable to access|could not read from remote|does not appear to be a git repository|repository .*not found|early EOF|RPC failed|hung up|timeout reached|returned error: 5\d\d|failed to connect|network is unreachable/i,
  ],
];

const HINTS: Readonly<Record<GitTrouble, string | undefined>> = {
  protected:
    "The branch is protected: set state.branch in a Defaults document, so that state gets a branch of its own, set state.commits to github where commits have to be signed, or allow mongoferry to push",
  race: "Others keep changing the branch; state is published with the next transition",
  auth: "Check the credentials git uses for this remote; a GitHub workflow needs `permissions: contents: write`",
  unreachable: "Check the remote's address and the network",
  other: undefined,
};

/** Tells failures apart by git's English messages (the runner sets the locale). Remotes differ; unknown ones are `other`. */
export function classifyGitFailure(error: unknown): GitTrouble {
  if (!(error instanceof GitFailure)) return "other";
  const text = `${error.result.stderr}\n${error.result.stdout}`;
  return SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? "other";
}

/** The error that leaves this adapter. Retryable where time alone may help. */
export function toOperationError(
  error: unknown,
  operation: string,
  object: string,
): OperationError {
  const trouble = classifyGitFailure(error);
  const hint = HINTS[trouble];
  return new OperationError({
    operation,
    object,
    isRetryable: trouble === "race" || trouble === "unreachable",
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
