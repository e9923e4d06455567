/** What is compared between both ends, how, and what is said of documents that differ. */
import type { Namespace } from "./namespace.ts";

/** `full` compares every document byte for byte, `sample` the counts and some documents, `off` nothing. */
export type VerificationMode = "off" | "sample" | "full";

export interface VerificationSettings {
  readonly mode: VerificationMode;
  /** `end`: once, before the run completes; `continuous`: also again and again while changes are followed. */
  readonly when: "end" | "continuous";
  /** Documents picked at random in each collection and on each side, for mode `sample`. */
  readonly sampleDocuments: number;
  /** Between two continuous comparisons. */
  readonly pauseMs: number;
}

/**
 * `missing` at the destination; `extra`: at the destination only; `different`; `undecided`: it has changed each time it was looked
 * at, so that nobody can say.
 */
export type DifferenceKind = "missing" | "extra" | "different" | "undecided";

/** A document that is not equal on both sides. It quotes the document: shown, never committed. */
export interface DocumentDifference {
  readonly kind: DifferenceKind;
  /** Extended JSON of `_id`. */
  readonly key: string;
  /** The first place in which both differ, such as `items.3.price`; null unless `different`. */
  readonly path: string | null;
  /** BSON types there, such as `int` and `double`; null: the field is not there. */
  readonly sourceType: string | null;
  readonly targetType: string | null;
  /** Extended JSON of what stands there, cut to a line; null unless asked for. */
  readonly sourceValue: string | null;
  readonly targetValue: string | null;
}

/** Path of a document of a capped collection that is equal, but in another place of the natural order. */
export const ORDER_PATH = "$natural";

const KIND_ORDER: readonly DifferenceKind[] = ["missing", "extra", "different", "undecided"];

/** Missing first, then extra, different and undecided ones; within a kind as they were found. At most `limit`. */
export function sortDifferences(
  differences: readonly DocumentDifference[],
  limit: number,
): readonly DocumentDifference[] {
  return KIND_ORDER.flatMap((kind) => differences.filter((each) => each.kind === kind)).slice(
    0,
    limit,
  );
}

/** What comparing documents came to. Of a range, or of a whole collection. */
export interface DocumentCounts {
  /** Documents read (mode `full`) or counted. */
  readonly sourceDocuments: number;
  readonly targetDocuments: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  readonly undecided: number;
}

export const NO_COUNTS: DocumentCounts = {
  sourceDocuments: 0,
  targetDocuments: 0,
  missing: 0,
  extra: 0,
  different: 0,
  undecided: 0,
};

export function addCounts(a: DocumentCounts, b: DocumentCounts): DocumentCounts {
  return {
    sourceDocuments: a.sourceDocuments + b.sourceDocuments,
    targetDocuments: a.targetDocuments + b.targetDocuments,
    missing: a.missing + b.missing,
    extra: a.extra + b.extra,
    different: a.different + b.different,
    undecided: a.undecided + b.undecided,
  };
}

/** The two collections of a comparison: another UUID means another comparison. */
export interface ComparedPair {
  readonly source: Namespace;
  readonly target: Namespace;
  readonly sourceUuid: string | null;
  readonly targetUuid: string | null;
}
