import * as fc from "fast-check";
import type { Finding } from "../../src/model/finding.ts";
import type {
  IndexChangeKind,
  ObjectChange,
  ObjectChangeKind,
  Plan,
} from "../../src/model/plan.ts";
import type { Review, ReviewFinding } from "../../src/model/review.ts";
import { emptyPlan, exact, objectChange, samplePlan } from "./sample-plan.ts";

export const RUN_URL = "https://github.com/una/shop/actions/runs/77";

/** A new migration whose plan is the sample of one. */
export function sampleReview(changes: Partial<Review> = {}): Review {
  return {
    migration: "shop-to-apsaradb",
    change: "added",
    settings: [],
    desiredState: "running",
    desiredBefore: null,
    finding: { kind: "planned", plan: samplePlan(), findings: [finding("passed")] },
    standing: null,
    head: "0123456789abcdef0123456789abcdef01234567",
    specHash: "5".repeat(64),
    runUrl: RUN_URL,
    ...changes,
  };
}

function finding(result: Finding["result"], text = "31 h"): Finding {
  return { rule: "oplog-window", result, message: text, remedy: result === "passed" ? "" : text };
}

/** What decides how a review looks, apart from its texts. */
export interface ReviewShape {
  readonly kind: ReviewFinding["kind"];
  readonly change: Review["change"];
  readonly desiredState: NonNullable<Review["desiredState"]>;
  readonly settings: number;
  readonly objects: readonly ObjectShape[];
  readonly findings: readonly Finding["result"][];
  readonly warnings: number;
  readonly isInCi: boolean;
  readonly isUnderWay: boolean;
}

interface ObjectShape {
  readonly change: ObjectChangeKind;
  readonly kind: ObjectChange["kind"];
  readonly isThere: boolean;
  readonly indexes: readonly IndexChangeKind[];
}

export function reviewShape(maxObjects = 5): fc.Arbitrary<ReviewShape> {
  const object: fc.Arbitrary<ObjectShape> = fc.record({
    change: fc.constantFrom<ObjectChangeKind[]>(
      ...(["create", "copy", "replace", "keep", "skip", "refuse", "unchanged"] as const),
    ),
    kind: fc.constantFrom<ObjectChange["kind"][]>("collection", "view", "timeseries", "functions"),
    isThere: fc.boolean(),
    indexes: fc.array(
      fc.constantFrom<IndexChangeKind[]>(
        ...(["create", "replace", "keep", "skip", "refuse", "unchanged", "drop", "extra"] as const),
      ),
      { maxLength: 3 },
    ),
  });
  return fc.record({
    kind: fc.constantFrom<ReviewFinding["kind"][]>(
      ...(["planned", "planned", "settings-only", "untrusted", "failed", "deleted"] as const),
    ),
    change: fc.constantFrom<Review["change"][]>("added", "changed", "settings"),
    desiredState: fc.constantFrom("running", "paused", "stopped", "cutover"),
    settings: fc.nat({ max: 3 }),
    objects: fc.array(object, { maxLength: maxObjects }),
    findings: fc.array(fc.constantFrom("passed", "warning", "failed"), { maxLength: 4 }),
    warnings: fc.nat({ max: 3 }),
    isInCi: fc.boolean(),
    isUnderWay: fc.boolean(),
  });
}

/** A review with this shape whose every name, message and value is the next text. */
export function reviewOf(shape: ReviewShape, next: () => string): Review {
  const times = (count: number): string[] => Array.from({ length: count }, next);
  return sampleReview({
    change: shape.change,
    desiredState: shape.desiredState,
    settings: times(shape.settings),
    finding: findingOf(shape, next),
    standing: shape.isUnderWay ? { phase: "Copying", lacks: next() } : null,
    runUrl: shape.isInCi ? RUN_URL : null,
  });
}

function findingOf(shape: ReviewShape, next: () => string): ReviewFinding {
  switch (shape.kind) {
    case "planned": {
      const findings = shape.findings.map((result) => ({
        rule: next(),
        result,
        message: next(),
        remedy: next(),
      }));
      return { kind: "planned", plan: planOf(shape, next), findings };
    }
    case "failed":
      return { kind: "failed", reason: next() };
    case "untrusted":
      return { kind: "untrusted", connections: [next(), next()] };
    default:
      return { kind: shape.kind };
  }
}

function planOf(shape: ReviewShape, next: () => string): Plan {
  const end = () => ({ connection: next(), version: next() });
  return emptyPlan({
    source: end(),
    destination: end(),
    databases: [{ change: "create", name: next() }],
    objects: shape.objects.map((object) => objectOf(object, next)),
    warnings: Array.from({ length: shape.warnings }, next),
  });
}

function objectOf({ change, kind, isThere, indexes }: ObjectShape, next: () => string) {
  const name = () => ({ db: next(), coll: next() });
  const difference = () => ({ name: next(), destination: next(), desired: next() });
  const figures = { documentCount: 7, dataBytes: 1024, indexCount: 1, indexBytes: 512 };
  return objectChange("a.b", "c.d", {
    change,
    kind,
    source: name(),
    target: change === "skip" ? null : name(),
    options: exact([next(), next()]),
    existing: isThere ? { kind, ...figures } : null,
    differences: [difference()],
    indexes: indexes.map((each) => ({
      change: each,
      name: next(),
      spec: exact(["key", new Map([[next(), 1]])], [next(), next()]),
      differences: each === "replace" ? [difference()] : [],
    })),
  });
}

/** Hands the texts out in turn. */
export function inTurn(texts: readonly string[]): () => string {
  let position = 0;
  return () => texts[position++ % texts.length] ?? "";
}
