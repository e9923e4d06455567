import { formatNamespace } from "../model/namespace.ts";
import type { Outcome } from "../model/outcome.ts";
import type { IndexFailure, Phase, VerificationResult } from "../model/run.ts";
import { precheckToJson, type PrecheckJson } from "./precheck-json.ts";

/** Output of `apply --output json`. Namespaces are `database.collection`. */
export interface OutcomeJson {
  readonly phase: Phase;
  readonly exitCode: number;
  readonly message: string;
  /** Null where an end could not be reached. */
  readonly planDigest: string | null;
  readonly precheck: PrecheckJson;
  /** What verification found; empty where this run did not verify. */
  readonly results: readonly ResultJson[];
  /** Indexes that this run could not build. They quote documents. */
  readonly indexFailures: readonly IndexFailureJson[];
}

export interface IndexFailureJson extends Omit<IndexFailure, "target"> {
  readonly target: string;
}

export interface ResultJson extends Omit<VerificationResult, "source" | "target"> {
  readonly source: string;
  readonly target: string;
}

export function outcomeToJson(outcome: Outcome): OutcomeJson {
  const { phase, exitCode, message, findings, plan, results, indexFailures } = outcome;
  return {
    phase,
    exitCode,
    message,
    planDigest: plan?.digest ?? null,
    precheck: precheckToJson(findings),
    results: results.map((result) => ({
      ...result,
      source: formatNamespace(result.source),
      target: formatNamespace(result.target),
    })),
    indexFailures: indexFailures.map((failure) => ({
      ...failure,
      target: formatNamespace(failure.target),
    })),
  };
}
