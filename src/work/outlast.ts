/** Goes on with what was interrupted for longer than single operations are tried again, and says so meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage, OperationError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { noteCondition, type Situation } from "../situation.ts";

/** Between tries, once a failure has outlasted those of a single operation. */
export const RESTART_AFTER_MS = 5_000;

export interface OutlastTools {
  readonly logger: Logger;
  /** Ends the waiting, and the trying. */
  readonly stop: AbortSignal;
  /** Takes secrets out of what is stored (I9). */
  redact(text: string): string;
}

export interface Outlasting {
  /** Type of the condition that tells what keeps it from going on. */
  readonly condition: string;
  readonly waitMs: number;
  /** Whether it may succeed when it is tried again, however long that takes. */
  isWorthIt(error: OperationError): boolean;
}

/** @param attempt - Goes on from what is stored. Given how to say that it does. */
export async function outlast(
  { condition, waitMs, isWorthIt }: Outlasting,
  situation: Situation,
  { logger, stop, redact }: OutlastTools,
  attempt: (goesOn: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const note = async (status: "true" | "false", message: string): Promise<void> => {
    noteCondition(situation, { type: condition, status, message });
    const { store, lease, conditions } = situation;
    // Where the destination is what cannot be reached, nobody can be told there.
    await store.storeConditions(lease, conditions).catch(() => {});
  };
  const goesOn = async (): Promise<void> => {
    const isNoted = situation.conditions.some(({ type }) => type === condition);
    if (isNoted) await note("true", "goes on from where it was");
  };
  for (;;) {
    try {
      await attempt(goesOn);
      return;
    } catch (error) {
      if (stop.aborted || !(error instanceof OperationError) || !isWorthIt(error)) throw error;
      logger.warn(`${errorMessage(error)}; goes on from where it was`, { error });
      await note("false", redact(errorMessage(error)));
      await sleep(waitMs, undefined, { signal: stop });
    }
  }
}
