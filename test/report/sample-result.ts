import type { Phase, Transition, VerificationResult } from "../../src/model/run.ts";
import type { RunResult } from "../../src/report/describe-result.ts";
import { namespace, SAMPLE_DIGEST, samplePlan } from "./sample-plan.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-03-01T10:00:00Z");

export function compared(
  source: string,
  target: string,
  changes: Partial<VerificationResult> = {},
): VerificationResult {
  return {
    source: namespace(source),
    target: namespace(target),
    sourceDocuments: 1204,
    targetDocuments: 1204,
    differingDocuments: 0,
    missingDocuments: 0,
    extraDocuments: 0,
    undecidedDocuments: 0,
    examples: [],
    differences: [],
    indexDifferences: [],
    optionDifferences: [],
    isEqual: true,
    ...changes,
  };
}

function changeOfPhase(seq: number, from: Phase, to: Phase, minute: number): Transition {
  return {
    migration: "shop-to-apsaradb",
    seq,
    epoch: 1,
    from,
    to,
    at: new Date(START + minute * MINUTE),
    reason: `left ${from}`,
    planDigest: SAMPLE_DIGEST,
    specHash: "12e4",
    conditions: [],
  };
}

/** A second run that ended well, after a first one that was stopped. */
export function sampleResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    title: "Shop to ApsaraDB",
    run: {
      migration: "shop-to-apsaradb",
      phase: "Completed",
      since: new Date(START + 130 * MINUTE),
      epoch: 1,
      seq: 6,
      planDigest: SAMPLE_DIGEST,
      specHash: "12e4",
      conditions: [{ type: "Verified", status: "true", message: "2 namespaces are equal" }],
      startFence: null,
      isAdmitted: true,
      runSeq: 1,
      publishedSeq: 0,
    },
    transitions: [
      changeOfPhase(1, "Pending", "Prechecking", -60),
      changeOfPhase(2, "Prechecking", "Stopped", -59),
      changeOfPhase(3, "Stopped", "Prechecking", 0),
      changeOfPhase(4, "Prechecking", "Copying", 1),
      changeOfPhase(5, "Copying", "Verifying", 121),
      changeOfPhase(6, "Verifying", "Completed", 130),
    ],
    plan: samplePlan(),
    findings: [
      { rule: "connectivity", result: "passed", message: "both ends answer", remedy: "" },
      { rule: "oplog-window", result: "warning", message: "31 h", remedy: "Enlarge the oplog" },
    ],
    progress: [
      {
        source: namespace("shop.customers"),
        target: namespace("store.customers"),
        state: "done",
        documentCount: 1204,
        dataBytes: 42_991_616,
        copiedDocuments: 1204,
        copiedBytes: 42_991_616,
        indexShare: null,
      },
    ],
    verification: "full",
    results: [
      compared("shop.customers", "store.customers"),
      compared("shop.orders", "store.orders_v2"),
    ],
    cutover: null,
    specCommit: "abc1234",
    ...changes,
  };
}

/** Everything that comes from outside is hostile at once. */
export function hostileResult(text: string): RunResult {
  const sample = sampleResult();
  const object = { db: "x", coll: text };
  const unequal = compared("a.b", "c.d", {
    source: object,
    target: object,
    isEqual: false,
    missingDocuments: 1,
    examples: [text],
    indexDifferences: [text],
    optionDifferences: [text],
  });
  return {
    ...sample,
    title: text,
    run: { ...sample.run, conditions: [{ type: text, status: "false", message: text }] },
    transitions: sample.transitions.map((transition) => ({ ...transition, reason: text })),
    plan: samplePlan({ source: { connection: text, version: text } }),
    findings: [{ rule: text, result: "failed", message: text, remedy: text }],
    results: [unequal],
    specCommit: text,
  };
}
