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
 * the last one when tries run out, is thrown unchanged. An abort ends the waiting at once with the signal's reason.
 */
export async function retryOperation<T>(
  run: () => Promise<T>,
  signal: AbortSignal,
  notice: RetryNotice,
): Promise<T> {
  return pRetry(run, {
    retries: RETRIES,
    minTimeout: FIRST_WAIT_MS,
    maxTimeout: LONGEST_WAIT_MS,
    factor: 2,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof OperationError && error.isRetryable,
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      if (error instanceof OperationError && error.isRetryable && retriesLeft > 0) {
        notice(error, attemptNumber);
      }
    },
  });
}
