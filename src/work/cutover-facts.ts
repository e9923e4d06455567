/** What the lifecycle has to know of a cutover, and what becomes of one that is given up. */
import { cutoverObjection } from "../cutover/cutover-objection.ts";
import { type CutoverRecord, isPastReturn } from "../model/cutover.ts";
import type { Phase } from "../model/run.ts";
import { lastComparison } from "../model/verification-verdict.ts";
import { noteCondition, type Situation } from "../situation.ts";
import type { CutoverFacts } from "../state/lifecycle.ts";
import type { FollowTools } from "./follow.ts";
import { retrying } from "./retrying.ts";

type CutoverTools = Pick<FollowTools, "ends" | "logger" | "stop" | "redact">;

/** Type of the condition that tells why a cutover that is asked for does not begin, or how it goes. */
export const CUTOVER = "Cutover";

export async function cutoverFacts(situation: Situation): Promise<CutoverFacts> {
  const record = await readCutover(situation);
  return {
    objection: objectionTo(situation, record),
    // A process may have ended between giving it up and saying so.
    failure: situation.cutoverFailure ?? record?.failure ?? null,
    isPastReturn: isPastReturn(record),
    isDone: situation.done.has("CuttingOver"),
  };
}

/** Whatever mode is asked for by now: a source that may be blocked stays so until somebody undoes it. */
async function readCutover({ migration, store }: Situation): Promise<CutoverRecord | null> {
  const run = await store.readRun(migration.name);
  return run === null ? null : store.readCutover(migration.name, run.runSeq);
}

function objectionTo(situation: Situation, record: CutoverRecord | null): string | null {
  const { following, migration, conditions } = situation;
  return cutoverObjection({
    record,
    compared: lastComparison(migration, conditions),
    lagMs: following === null ? null : following().lagMs,
    maxLagMs: migration.cutover.maxLagMs,
  });
}

/** Whether nothing but a comparison that found differences keeps a cutover from beginning that is asked for. */
export async function waitsForComparison(situation: Situation): Promise<boolean> {
  const { migration, conditions } = situation;
  if (migration.desiredState !== "cutover") return false;
  if (lastComparison(migration, conditions)?.status !== "false") return false;
  const record = await readCutover(situation);
  return record === null || record.failure === null;
}

/** Says why a cutover that is asked for does not begin; once, while the reason is the same but for its figures. */
export async function noteObjection(
  situation: Situation,
  objection: string | null,
  { logger, redact }: CutoverTools,
): Promise<void> {
  const known = situation.conditions.find(({ type }) => type === CUTOVER);
  const message = objection === null ? null : redact(`it does not begin: ${objection}`);
  if (message === null || shapeOf(known?.message ?? "") === shapeOf(message)) return;
  logger.warn(`Cutover: ${message}`);
  noteCondition(situation, { type: CUTOVER, status: "false", message });
  const { store, lease, conditions } = situation;
  await store.storeConditions(lease, conditions).catch(() => {});
}

function shapeOf(text: string): string {
  return text.replaceAll(/\d+(\.\d+)?/gu, "0");
}

/**
 * To be done before a migration leaves CuttingOver for anything but its end: the source takes writes again. Behind the point of no return
 * it stays as it is, to be gone on with: nobody follows any more what would be written there.
 *
 * @param to - The phase that comes.
 */
export async function withdrawCutover(
  to: Phase,
  reason: string,
  situation: Situation,
  tools: CutoverTools,
): Promise<void> {
  const { store, lease, migration } = situation;
  const record = await readCutover(situation);
  if (isPastReturn(record)) {
    const message = `behind its point of no return it goes on once this is put right: ${reason}`;
    noteCondition(situation, { type: CUTOVER, status: "false", message });
    return;
  }
  if (record !== null && record.isSourceBlocked) {
    const source = await tools.ends.connectSource();
    await retrying(tools.stop, tools.logger)(async () => source.blockWrites(false));
    tools.logger.info(`${migration.source.name} takes writes again`);
  }
  // Asked for something else, it may be asked for again at any time.
  if (migration.desiredState !== "cutover") await store.deleteCutover(lease);
  else if (record !== null) {
    const failure = situation.cutoverFailure ?? situation.obstacle?.reason ?? record.failure;
    await store.storeCutover(lease, {
      ...record,
      isSourceBlocked: false,
      failure: tools.redact(failure ?? reason),
    });
  }
  noteCondition(situation, { type: CUTOVER, status: "false", message: reason });
  situation.cutoverFailure = null;
  // What stood in its way need not stand in that of following.
  if (to === "Streaming") situation.obstacle = null;
}

/** One that was given up is forgotten once nobody asks for it any more. */
export async function forgetGivenUp(situation: Situation): Promise<void> {
  if (situation.migration.desiredState === "cutover") return;
  const record = await readCutover(situation);
  if (record === null || record.failure === null) return;
  await situation.store.deleteCutover(situation.lease);
}
