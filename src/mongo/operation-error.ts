/** Turns driver errors into OperationError and decides which are worth another try. */
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from "mongodb";
import { LeaseLostError, OperationError, UserError } from "../base/errors.ts";
import { formatNamespace, type Namespace } from "../model/namespace.ts";

/**
 * Server error codes after which the same operation may succeed: elections, shutdowns, lost connections and
 * cursors, timeouts. Source: `src/mongo/base/error_codes.yml` of the server and the drivers' retry specifications.
 */
const RETRYABLE_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  43, // CursorNotFound
  46, // LockBusy
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  112, // WriteConflict
  117, // ConflictingOperationInProgress
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled
  189, // PrimarySteppedDown
  211, // KeyNotFound: of signatures, right after a start
  234, // RetryChangeStream
  237, // CursorKilled
  246, // SnapshotUnavailable
  262, // ExceededTimeLimit
  276, // IndexBuildAborted
  290, // TransactionExceededLifetimeLimitSeconds
  358, // InternalTransactionNotSupported
  365, // TemporarilyUnavailable: 6.0 and later, short of cache
  384, // ConnectionPoolExpired
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  12587, // BackgroundOperationInProgressForNamespace: an index build that was left to itself
  13436, // NotPrimaryOrSecondary
]);

export const REPLACED_MEANWHILE =
  "Something else dropped, replaced or renamed the copy at the destination; plan and apply again";

const HISTORY_LOST =
  "The source does not keep its changes back to where this migration stopped: its oplog was too short for the interruption. " +
  "Set desiredState: stopped and apply, enlarge the oplog (replSetResizeOplog, or oplog size in the provider's console), drop the copies at the destination, and set running again: a new run copies everything anew";

const HINTS: ReadonlyMap<number, string> = new Map([
  [
    86,
    "The target has another index of this name. Drop that index, or the whole target, at the destination and apply again",
  ],
  [
    11_000,
    "The copy holds documents that a unique index forbids: the source was written to meanwhile. Drop the target at the destination and apply again while nothing writes to the source",
  ],
  [13, "The account lacks a privilege; the connectivity test of `mongoferry precheck` names it"],
  [175, "The collection was dropped, renamed or changed at the source while it was read"],
  [136, HISTORY_LOST],
  [260, HISTORY_LOST],
  [280, HISTORY_LOST],
  [286, HISTORY_LOST],
  [361, REPLACED_MEANWHILE],
  [
    371,
    "The deployment refuses the writes of its users, as it does after a cutover with blockSourceWrites. To undo that, run there: db.adminCommand({setUserWriteBlockMode: 1, global: false})",
  ],
]);

/** OutOfDiskSpace: trying again does not help before somebody has made room. */
const WAITING_CODES: ReadonlySet<unknown> = new Set([14_031]);

/** Whether who has time may wait until somebody has done something about it. */
export function mayPass(code: unknown): boolean {
  return WAITING_CODES.has(code);
}

export function isRetryableCode(code: unknown): boolean {
  return typeof code === "number" && RETRYABLE_CODES.has(code);
}

function isRetryable(error: unknown): boolean {
  if (error instanceof MongoServerError && isRetryableCode(error.code)) return true;
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    isLostConnection(error) ||
    isWithoutConnection(error) ||
    isLostWithin(error) ||
    (error instanceof MongoError &&
      (error.hasErrorLabel("RetryableWriteError") ||
        error.hasErrorLabel("TransientTransactionError") ||
        error.hasErrorLabel("ResumableChangeStreamError") ||
        error.hasErrorLabel("RetryableError")))
  );
}

/** No connection has become free in time: nothing was sent. The driver does not export the class (7.x). */
function isWithoutConnection(error: unknown): boolean {
  return error instanceof MongoError && error.name === "MongoWaitQueueTimeoutError";
}

/**
 * Where a socket breaks while the driver waits for its buffer to drain, the system's own error comes through (driver 7.x); within a
 * transaction the driver asks it for labels that it does not have.
 */
function isLostConnection(error: unknown): boolean {
  if (error instanceof TypeError) return error.message.includes("hasErrorLabel is not a function");
  if (!(error instanceof Error) || !("code" in error)) return false;
  return "syscall" in error ? LOST_CONNECTION.has(error.code) : isEndedSocket(error);
}

/** Node's own error for writing to a socket that the other side has ended (`writeAfterFIN` in its `net`): the system is not asked. */
function isEndedSocket({ message }: Error): boolean {
  return message === "This socket has been ended by the other party";
}

/**
 * `insertMany` and `bulkWrite` wrap what is thrown while they send in an error that looks like one of the server, without its code,
 * and drop its class (driver 7.x). Neither a server nor a document that cannot be encoded leads to one without a code and without
 * write errors.
 */
function isLostWithin(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false;
  return error.code === undefined && [error.writeErrors].flat().length === 0;
}

const LOST_CONNECTION: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** Runs an operation; whatever it throws leaves as an OperationError (errors of this program pass unchanged). */
export async function operation<T>(
  name: string,
  object: Namespace | string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toOperationError(name, object, error);
  }
}

function toOperationError(name: string, object: Namespace | string, error: unknown): Error {
  if (error instanceof OperationError || error instanceof UserError) return error;
  if (error instanceof LeaseLostError) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  const hint = error instanceof MongoServerError ? HINTS.get(Number(error.code)) : undefined;
  return new OperationError({
    operation: name,
    object: typeof object === "string" ? object : formatNamespace(object),
    isRetryable: isRetryable(error),
    mayPass: error instanceof MongoServerError && mayPass(error.code),
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
