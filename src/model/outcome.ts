import type { ExitCode } from "../base/errors.ts";
import type { Finding } from "./finding.ts";
import type { Plan } from "./plan.ts";
import type { IndexFailure, Phase, VerificationResult } from "./run.ts";

/** How one `apply` ended. */
export interface Outcome {
  readonly phase: Phase;
  readonly exitCode: ExitCode;
  /** One sentence for people, with what to do next where something is left. */
  readonly message: string;
  readonly findings: readonly Finding[];
  /** Null where an end could not be reached. */
  readonly plan: Plan | null;
  /** Empty unless this run verified. */
  readonly results: readonly VerificationResult[];
  /** Indexes that this process could not build; the rest of what is missing is named by the message. */
  readonly indexFailures: readonly IndexFailure[];
}
