/** Exit codes of the command line; scripts rely on them (docs: README, "Exit codes"). */
export const ExitCode = {
  done: 0,
  error: 1,
  changesPresent: 2,
  stalePlan: 3,
  blockedByPrecheck: 4,
  interrupted: 75,
  killed: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

interface UserErrorDetails {
  /** A stable, greppable word for the kind of problem, such as `unknown-migration`. */
  readonly code: string;
  /** Where: a file position, a spec path, a connection name, a namespace. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;
  /** What the user can do about it. */
  readonly remedy: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** Something the user can put right: a spec, a connection, an approval. Says place, cause and remedy. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: string;
  readonly place: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(details: UserErrorDetails) {
    super(`${details.place}: ${details.problem}. ${details.remedy}`, { cause: details.cause });
    this.code = details.code;
    this.place = details.place;
    this.remedy = details.remedy;
    this.exitCode = details.exitCode ?? ExitCode.error;
  }
}

interface OperationErrorDetails {
  /** What was being done, as a phrase: `copy documents`, `create indexes`. */
  readonly operation: string;
  /** On what: a namespace or a connection name. */
  readonly object: string;
  /** Whether the same operation may succeed when it is tried again (network, election, shutdown). */
  readonly isRetryable: boolean;
  /** Whether it may succeed once somebody has done something about it, such as made room on a disk. */
  readonly mayPass?: boolean;
  readonly hint?: string;
  /** Key of the document concerned. It may be personal: shown, but never stored or committed, so not in the message. */
  readonly key?: string;
  readonly cause?: unknown;
}

/** An operation against a server, git or the file system that failed. `base/retry.ts` alone acts on `isRetryable`. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly operation: string;
  readonly object: string;
  readonly isRetryable: boolean;
  /** Whether waiting may help, by itself or since somebody does something about it. */
  readonly mayPass: boolean;
  readonly key: string | null;

  constructor(details: OperationErrorDetails) {
    const reason = details.cause === undefined ? "" : `: ${errorMessage(details.cause)}`;
    const hint = details.hint === undefined ? "" : `. ${details.hint}`;
    super(`${details.operation} failed on ${details.object}${reason}${hint}`, {
      cause: details.cause,
    });
    this.operation = details.operation;
    this.object = details.object;
    this.isRetryable = details.isRetryable;
    this.mayPass = details.isRetryable || details.mayPass === true;
    this.key = details.key ?? null;
  }
}

/** What was to be read is not there under its name any more: it was dropped, renamed or made anew. */
export class SourceGoneError extends OperationError {}

type RefusalDetails = Omit<OperationErrorDetails, "isRetryable" | "mayPass">;

/** A server does not take some documents as they are. Of the others, those of an unordered command are written. */
export class DocumentsRefusedError extends OperationError {
  /** Raw documents that hold the `_id` of each. */
  readonly documents: readonly Uint8Array[];
  readonly #details: RefusalDetails;

  constructor(details: RefusalDetails, documents: readonly Uint8Array[]) {
    super({ ...details, isRetryable: false });
    this.documents = documents;
    this.#details = details;
  }

  /** The same for one who can wait until somebody has done something about it. */
  whichMayPass(): OperationError {
    return new OperationError({ ...this.#details, isRetryable: false, mayPass: true });
  }
}

/** The lease was lost: another process has taken this migration over. Never retried; nothing more may be written (I7). */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** A state that the code believes impossible. */
export class BugError extends Error {
  override readonly name = "BugError";
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
