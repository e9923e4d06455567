import { systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { SpecReading } from "../model/spec-reading.ts";
import type { SpecFiles, SpecOverrides } from "../ports.ts";
import { loadSpecs } from "../spec/load-specs.ts";

/** How often the branch is asked, so that limits are obeyed within five seconds; the files here are looked at each time. */
const BRANCH_EVERY_MS = 2_500;

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

/** What the branch says, for all who ask. It is asked now and then only. */
export function branchReader(branch: SpecFiles | null, cwd: string): ReadSpecsNow {
  let last: SpecsNow = { cwd, overrides: new Map(), trouble: null };
  let asking: Promise<void> | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
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
    const isDue = systemClock.monotonicMs() - askedAtMs >= BRANCH_EVERY_MS;
    if (branch !== null && isDue) await (asking ??= ask(branch));
    return last;
  };
}
