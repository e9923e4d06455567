/**
 * Compares both sides while changes are followed: beside it, with one reader, and never in its way. Again and again, where the spec says so,
 * or where a cutover waits for differences to be gone; the spec may come to say so at any time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import { formatInstant } from "../base/format-quantity.ts";
import type { Logger } from "../base/log.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { Condition, RunRecord, VerificationResult } from "../model/run.ts";
import { unverified, verifiedCondition } from "../model/verification-verdict.ts";
import { noteCondition, type Situation } from "../situation.ts";
import { waitsForComparison } from "./cutover-facts.ts";
import { verifyNow } from "./verify-now.ts";
import type { WorkTools } from "./work.ts";

type ContinuousTools = Pick<WorkTools, "ends" | "load" | "logger" | "stop" | "redact">;

/** Between looks at whether a comparison is asked for, and so the least pause between two. */
const LOOK_EVERY_MS = 1_000;
const MOST_LISTED = 20;

/** @param follow - What it is done beside; it ends with it. */
export async function verifyingBeside(
  situation: Situation,
  tools: ContinuousTools,
  follow: () => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const stop = AbortSignal.any([tools.stop, situation.lease.signal, end.signal]);
  const verifying = verifyAgainAndAgain(situation, { ...tools, stop });
  try {
    await follow();
  } finally {
    end.abort(new Error("following has ended"));
    await verifying;
  }
}

/** Never rejects: what fails is said, and tried again after the pause. */
async function verifyAgainAndAgain(situation: Situation, tools: ContinuousTools): Promise<void> {
  const { logger, stop } = tools;
  // What comes to be asked for begins at once.
  let endedAtMs: number | null = null;
  while (!stop.aborted) {
    try {
      if (!(await isAskedFor(situation))) endedAtMs = null;
      else if (isDue(endedAtMs, situation)) {
        await verifyOnce(situation, tools);
        endedAtMs = systemClock.monotonicMs();
      }
    } catch (error) {
      if (isOver(stop)) return;
      endedAtMs = systemClock.monotonicMs();
      logger.warn(`Comparing both sides failed: ${errorMessage(error)}`, { error });
      await note(situation, tools, unverified(`comparing failed: ${errorMessage(error)}`));
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

async function isAskedFor(situation: Situation): Promise<boolean> {
  const { when, mode } = situation.migration.verification;
  if (mode === "off") return false;
  return when === "continuous" || (await waitsForComparison(situation));
}

function isDue(endedAtMs: number | null, { migration }: Situation): boolean {
  if (endedAtMs === null) return true;
  return systemClock.monotonicMs() - endedAtMs >= migration.verification.pauseMs;
}

/** Asked anew: it may have been aborted meanwhile. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}

async function verifyOnce(situation: Situation, tools: ContinuousTools): Promise<void> {
  const { migration, store, probed } = situation;
  const { ends, load, logger, stop } = tools;
  const { mode } = migration.verification;
  const run: RunRecord | null = await store.readRun(migration.name);
  if (run === null || mode === "off") return;
  const { results } = await verifyNow(
    migration,
    run,
    {
      kind: "continuous",
      mode,
      workers: 1,
      limit: MOST_LISTED,
      showsValues: false,
      resumes: "recent",
    },
    { ends, load, probed, logger, stop, onCompared: () => {} },
  );
  logDifferences(results, logger);
  const how = `${mode}, ${formatInstant(new Date())}`;
  await note(situation, tools, verifiedCondition(results, how));
}

function logDifferences(results: readonly VerificationResult[], logger: Logger): void {
  for (const result of results.filter(({ isEqual }) => !isEqual)) {
    const { missingDocuments, extraDocuments, differingDocuments, undecidedDocuments } = result;
    logger.warn(`${formatNamespace(result.target)} is not equal to its source`, {
      missingDocuments,
      extraDocuments,
      differingDocuments,
      undecidedDocuments,
      definitions: [...result.optionDifferences, ...result.indexDifferences],
      // The log may show keys; what is stored and committed may not.
      examples: result.examples,
    });
  }
}

async function note(
  situation: Situation,
  { redact, logger }: ContinuousTools,
  condition: Condition,
): Promise<void> {
  const say = condition.status === "true" ? "info" : "warn";
  logger[say](`Verified is ${condition.status}: ${condition.message}`);
  noteCondition(situation, { ...condition, message: redact(condition.message) });
  const { store, lease, conditions } = situation;
  await store.storeConditions(lease, conditions).catch((error: unknown) => {
    logger.warn("The condition could not be stored", { error });
  });
}
