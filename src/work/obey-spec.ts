/** Reads the spec again while a migration is worked on, and obeys what may change meanwhile: no restart is needed. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Migration } from "../model/migration.ts";
import type { SpecReading } from "../model/spec-reading.ts";
import { noteCondition, type Situation } from "../situation.ts";
import { hashSpec } from "../spec/normalized-spec.ts";

/** Type of the condition that tells why the spec is not obeyed as it is now. */
const SPEC_OBEYED = "SpecObeyed";

const READ_EVERY_MS = 1_000;

export interface ObeyTools {
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** The spec as the repository has it now. */
  readSpec(): Promise<SpecReading>;
  /** Takes secrets out of what is stored (I9). */
  redact(text: string): string;
  /** Told of what holds otherwise from now on; never fails. */
  onObeyed?(situation: Situation, before: Migration): void;
}

/** What ends work because the spec asks for something else by now. */
class Obeyed extends Error {}

/** The part of a spec that is obeyed at once: what an approval does not cover. */
export function withWhatMayChange(migration: Migration, now: Migration): Migration {
  const isSame = hashSpec(migration) === hashSpec(now);
  const { limits, verification, cutover } = now;
  // With other objects it is another migration to cut over.
  const desiredState =
    isSame || now.desiredState !== "cutover" ? now.desiredState : migration.desiredState;
  return { ...migration, desiredState, limits, verification, cutover };
}

/** Takes over what the spec says now. What cannot be read, or has to be approved first, leaves it as it was. */
async function obeySpec(situation: Situation, tools: ObeyTools): Promise<void> {
  const reading = await tools.readSpec();
  const objection = objectionTo(reading, situation.migration);
  await noteObjection(situation, objection, tools);
  if (reading.kind === "deleted") {
    situation.migration = { ...situation.migration, desiredState: "paused" };
  } else if (reading.kind === "read") {
    const before = situation.migration;
    situation.migration = withWhatMayChange(before, reading.migration);
    if (JSON.stringify(before) !== JSON.stringify(situation.migration)) {
      tools.onObeyed?.(situation, before);
    }
  }
}

function objectionTo(reading: SpecReading, migration: Migration): string | null {
  switch (reading.kind) {
    case "deleted":
      return "the spec is gone: it is paused until there is one again, and nothing is dropped";
    case "unreadable":
      return `the spec cannot be read, so that the last one holds: ${reading.problem}`;
    case "read":
      if (hashSpec(reading.migration) !== hashSpec(migration)) {
        return "the spec has changed in what an approval covers; what was approved goes on until it is applied again";
      }
      return reading.trouble === null ? null : `the branch cannot be read: ${reading.trouble}`;
  }
}

async function noteObjection(
  situation: Situation,
  objection: string | null,
  { logger, redact }: ObeyTools,
): Promise<void> {
  const known = situation.conditions.find(({ type }) => type === SPEC_OBEYED);
  const message = objection === null ? "the spec is obeyed as it is" : redact(objection);
  if (known === undefined ? objection === null : known.message === message) return;
  logger[objection === null ? "info" : "warn"](`Spec: ${message}`);
  const status = objection === null ? "true" : "false";
  noteCondition(situation, { type: SPEC_OBEYED, status, message });
  const { store, lease, conditions } = situation;
  await store.storeConditions(lease, conditions).catch(() => {});
}

/**
 * Works, and reads the spec meanwhile.
 *
 * @param isStillToDo - Whether the spec, as it is now, still asks for this work.
 * @param work - Given the signal to obey, which also aborts once it does not.
 */
export async function whileObeying(
  situation: Situation,
  tools: ObeyTools,
  isStillToDo: () => Promise<boolean>,
  work: (stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const obeyed = new AbortController();
  const end = new AbortController();
  const stop = AbortSignal.any([tools.stop, obeyed.signal]);
  setMaxListeners(0, stop);
  const watching = (async () => {
    while (!end.signal.aborted && !stop.aborted) {
      await sleep(READ_EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
      if (end.signal.aborted) return;
      try {
        await obeySpec(situation, tools);
        if (!(await isStillToDo())) obeyed.abort(new Obeyed("the spec asks for something else"));
      } catch (error) {
        tools.logger.debug(`The spec could not be read again: ${errorMessage(error)}`, { error });
      }
    }
  })();
  try {
    await work(stop);
  } finally {
    end.abort();
    await watching;
  }
}
