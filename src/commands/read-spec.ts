import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { SpecReading } from "../model/spec-reading.ts";
import type { SpecFiles, SpecOverrides } from "../ports.ts";
import { loadSpecs } from "../spec/load-specs.ts";

/** How often the branch is asked, so that limits are obeyed within five seconds; the files here are looked at each time. */
const BRANCH_EVERY_MS = 2_500;
/** A branch that does not answer must not keep what the files here say from being obeyed. */
const ANSWER_WITHIN_MS = 1_000;

/** Where specs are to be read now. */
export interface SpecsNow {
  readonly cwd: string;
  readonly overrides: SpecOverrides;
  /** Why the branch cannot be asked now; null: it was. */
  readonly trouble: string | null;
}

export type ReadSpecsNow = () => Promise<SpecsNow>;

/**
 * Reads one migration's spec again and again, as the files here and the branch have it by then. While the branch cannot be asked,
 * what it said last holds.
 */
export function specReader(
  name: string,
  specPaths: readonly string[],
  readNow: ReadSpecsNow,
): () => Promise<SpecReading> {
  return async () => {
    const { cwd, overrides, trouble } = await readNow();
    const { migrations, problems } = await loadSpecs(specPaths, { cwd, overrides });
    const [problem] = problems;
    if (problem !== undefined) {
      const place = safeText(`${problem.file}:${problem.line}:${problem.column}`);
      return { kind: "unreadable", problem: `${place}: ${problem.message}` };
    }
    const migration = migrations.find((each) => each.name === name);
    return migration === undefined ? { kind: "deleted" } : { kind: "read", migration, trouble };
  };
}

/**
 * What the branch says, for all who ask. It is asked now and then only, and waited for where nothing is known of it yet; afterwards what it
 * said last holds until it answers.
 */
export function branchReader(branch: SpecFiles | null, cwd: string): ReadSpecsNow {
  let last: SpecsNow = { cwd, overrides: new Map(), trouble: null };
  let asking: Promise<void> | null = null;
  let askedAtMs: number | null = null;
  const ask = async (files: SpecFiles): Promise<void> => {
    try {
      last = { cwd, overrides: await files.readOverrides(), trouble: null };
    } catch (error) {
      last = { ...last, trouble: errorMessage(error) };
    } finally {
      askedAtMs = systemClock.monotonicMs();
      asking = null;
    }
  };
  return async () => {
    const nowMs = systemClock.monotonicMs();
    if (branch === null || (askedAtMs !== null && nowMs - askedAtMs < BRANCH_EVERY_MS)) return last;
    asking ??= ask(branch);
    if (askedAtMs === null) await asking;
    else await Promise.race([asking, sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
    return last;
  };
}
