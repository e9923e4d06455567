import { ExitCode } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { Phase } from "../model/run.ts";

/** What became of one migration of a repository. */
export interface Reconciled {
  readonly migration: string;
  /** Why it was worked on. */
  readonly why: string;
  /** Null where it was not begun, or nobody knows. */
  readonly phase: Phase | null;
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** The worst first; what is only interrupted goes on. */
const RANKS: readonly ExitCode[] = [
  ExitCode.error,
  ExitCode.stalePlan,
  ExitCode.blockedByPrecheck,
  ExitCode.interrupted,
];

export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return RANKS.find((code) => codes.includes(code)) ?? ExitCode.done;
}

/** A line for each. Ends with a line break. */
export function describeReconciled(reconciled: readonly Reconciled[]): string {
  if (reconciled.length === 0) return "Nothing to do: every migration is as its spec wants.\n";
  return reconciled
    .map(({ migration, message }) => `${safeText(migration)}: ${safeText(message)}\n`)
    .join("");
}
