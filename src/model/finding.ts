/** One result of the precheck. */
export interface Finding {
  /** The rule's stable id, such as `target-conflicts`. */
  readonly rule: string;
  readonly result: "passed" | "warning" | "failed";
  /** What was found: for a passed rule a short fact, otherwise the cause with the names concerned. */
  readonly message: string;
  /** Empty for passed rules. */
  readonly remedy: string;
}

export function isBlocked(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.result === "failed");
}
