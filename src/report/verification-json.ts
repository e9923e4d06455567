import { formatNamespace } from "../model/namespace.ts";
import type { VerificationResult } from "../model/run.ts";
import { verdictOf, type VerificationVerdict } from "../model/verification-verdict.ts";
import type { VerificationMode } from "../model/verification.ts";

/** All that a comparison has found. It quotes keys of documents, and their values where that was asked for. */
export interface VerificationReport {
  readonly migration: string;
  readonly mode: VerificationMode;
  /** Whether changes were being applied meanwhile. */
  readonly isFollowing: boolean;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly results: readonly VerificationResult[];
}

/** Output of `verify --output json`. Namespaces are `database.collection`. */
export interface VerificationJson {
  readonly migration: string;
  readonly mode: VerificationMode;
  readonly isFollowing: boolean;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: VerificationVerdict;
  readonly totals: VerificationTotals;
  readonly results: readonly (Omit<VerificationResult, "source" | "target"> & {
    readonly source: string;
    readonly target: string;
  })[];
}

export interface VerificationTotals {
  readonly objects: number;
  readonly unequalObjects: number;
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly missingDocuments: number;
  readonly extraDocuments: number;
  readonly differingDocuments: number;
  readonly undecidedDocuments: number;
}

export function verificationToJson(report: VerificationReport): VerificationJson {
  return {
    ...report,
    startedAt: report.startedAt.toISOString(),
    verdict: verdictOf(report.results),
    totals: sumResults(report.results),
    results: report.results.map((result) => ({
      ...result,
      source: formatNamespace(result.source),
      target: formatNamespace(result.target),
    })),
  };
}

export function sumResults(results: readonly VerificationResult[]): VerificationTotals {
  const sum = (valueOf: (result: VerificationResult) => number | null): number =>
    results.reduce((total, result) => total + (valueOf(result) ?? 0), 0);
  return {
    objects: results.length,
    unequalObjects: results.filter(({ isEqual }) => !isEqual).length,
    sourceDocuments: sum((result) => result.sourceDocuments),
    targetDocuments: sum((result) => result.targetDocuments),
    missingDocuments: sum((result) => result.missingDocuments),
    extraDocuments: sum((result) => result.extraDocuments),
    differingDocuments: sum((result) => result.differingDocuments),
    undecidedDocuments: sum((result) => result.undecidedDocuments),
  };
}
