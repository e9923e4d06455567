/** Which migrations of a repository need somebody to work on them. */
import { errorMessage } from "../base/errors.ts";
import type { ProcessIdentity } from "../base/process-identity.ts";
import type { Migration } from "../model/migration.ts";
import { hasEnded } from "../model/run.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { whyWork } from "../state/why-work.ts";
import { wireMigration } from "../wire.ts";
import type { CommandContext } from "./command-context.ts";

/** A migration that may need work, with the reason. */
export interface Task {
  readonly migration: Migration;
  readonly why: string;
  /** Digest of the plan with which a run of the spec as it is has begun; null: none has. */
  readonly begunWith: string | null;
  /** Another process that works on it already; null: none is known. */
  readonly heldBy: ProcessIdentity | null;
}

export const SPECS_HAVE_PROBLEMS =
  "Specs have problems: migrations that have begun go on, and no other begins before they are put right";

/** Null: it rests as its spec wants. Whoever cannot be asked is worked on, which then says why. */
export async function readTask(
  migration: Migration,
  context: CommandContext,
): Promise<Task | null> {
  const specHash = hashSpec(migration);
  try {
    await using wired = wireMigration(migration, context);
    const store = await wired.ends.connectStore();
    const run = await store.readRun(migration.name);
    const why = whyWork(run, { desiredState: migration.desiredState, specHash });
    if (why === null) return null;
    const isUnderWay = run !== null && !hasEnded(run.phase) && run.specHash === specHash;
    return {
      migration,
      why,
      begunWith: isUnderWay && run.startFence !== null && run.isAdmitted ? run.planDigest : null,
      heldBy: await store.readLeaseHolder(migration.name),
    };
  } catch (error) {
    context.stop.throwIfAborted();
    const why = `what became of it cannot be read: ${errorMessage(error)}`;
    return { migration, why, begunWith: null, heldBy: null };
  }
}

/** Why a migration does not begin; null: no problem of a spec is in the way. */
export function objectionOfProblems({ begunWith }: Task, hasProblems: boolean): string | null {
  return hasProblems && begunWith === null ? "it does not begin while specs have problems" : null;
}
