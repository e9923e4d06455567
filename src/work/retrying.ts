import type { Logger } from "../base/log.ts";
import { type Retry, retryOperation } from "../base/retry.ts";

/** Tries operations again until `stop` is aborted, and says so in the log. */
export function retrying(stop: AbortSignal, logger: Logger): Retry {
  return async (run) =>
    retryOperation(run, stop, (error, attempt) => {
      logger.warn(`${error.message}; trying again`, { attempt });
    });
}
