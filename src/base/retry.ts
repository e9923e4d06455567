import pRetry from "p-retry";
import { OperationError } from "./errors.ts";

/** How one operation is repeated. With these figures the waits add up to about three minutes. */
const RETRIES = 20;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 15_000;

/** Repeats an operation while that may help, with a signal and a notice already given. */
export type Retry = <T>(run: () => Promise<T>) => Promise<T>;

export type RetryNotice = (error: OperationError, attempt: number) => void;

/**
 * Repeats an operation that failed with a retryable OperationError, with growing, randomized waits. Any other error, and
 * the last one when tries run out, is thrown unchanged.
 *
 * An abort ends the waiting between tries at once, with the signal's reason. It never discards a result, nor keeps the
 * first try from being made: what has been written can still be recorded.
 */
export async function retryOperation<T>(
  run: () => Promise<T>,
  signal: AbortSignal,
  notice: RetryNotice,
): Promise<T> {
  const waiting = new AbortController();
  let isWaiting = false;
  const onAbort = (): void => {
    if (isWaiting) waiting.abort(signal.reason);
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await pRetry(
      async () => {
        isWaiting = false;
        return run();
      },
      {
        retries: RETRIES,
        minTimeout: FIRST_WAIT_MS,
        maxTimeout: LONGEST_WAIT_MS,
        factor: 2,
        randomize: true,
        signal: waiting.signal,
        shouldRetry: ({ error }) => isRetryable(error) && !signal.aborted,
        onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
          isWaiting = true;
          if (isRetryable(error) && retriesLeft > 0 && !signal.aborted) {
            notice(error, attemptNumber);
          }
        },
      },
    );
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function isRetryable(error: unknown): error is OperationError {
  return error instanceof OperationError && error.isRetryable;
}
