import { describe, expect, it } from "vitest";
import { verdictOf, verifiedCondition } from "../../src/model/verification-verdict.ts";
import { type DocumentDifference, sortDifferences } from "../../src/model/verification.ts";
import { renderVerificationText } from "../../src/report/render-verification-text.ts";
import { type VerificationReport, verificationToJson } from "../../src/report/verification-json.ts";
import { compared } from "./sample-result.ts";

const PLAIN = { useColor: false, columns: 200 };

function difference(changes: Partial<DocumentDifference>): DocumentDifference {
  return {
    kind: "missing",
    key: "1",
    path: null,
    sourceType: null,
    targetType: null,
    sourceValue: null,
    targetValue: null,
    ...changes,
  };
}

function reportOf(...results: VerificationReport["results"]): VerificationReport {
  const startedAt = new Date("2026-03-01T10:00:00Z");
  const common = { migration: "shop", mode: "full", isFollowing: false } as const;
  return { ...common, startedAt, durationMs: 12_000, results };
}

const EQUAL = compared("shop.customers", "store.customers");
const UNDECIDED = compared("shop.hot", "store.hot", {
  undecidedDocuments: 1,
  differences: [difference({ kind: "undecided" })],
  isEqual: false,
});
const DIFFERENT = compared("shop.orders", "store.orders", {
  targetDocuments: 1_203,
  missingDocuments: 1,
  differingDocuments: 3,
  optionDifferences: ["option validator is missing: {}"],
  differences: [
    difference({ key: "17" }),
    difference({
      kind: "different",
      key: "18",
      path: "items.3.price",
      sourceType: "int",
      targetType: "double",
    }),
    difference({ kind: "different", key: "\u001b[31m", path: "a", sourceType: "int" }),
  ],
  isEqual: false,
});

describe("renderVerificationText", () => {
  it("says that all is equal, in one line", () => {
    expect(renderVerificationText(reportOf(EQUAL), PLAIN)).toBe(
      "Equal: 1,204 documents in 1 object (every byte, 12 s)\n",
    );
  });

  it("lists what is not, each document with its place, without letting keys steer the terminal", () => {
    const text = renderVerificationText(reportOf(EQUAL, DIFFERENT), PLAIN);
    expect(text.split("\n").slice(0, 6)).toEqual([
      "DIFFERENT: 1 of 2 objects. Compared: 2,408 documents in 2 objects (every byte, 12 s)",
      "  shop.orders → store.orders: 1,204 documents at the source, 1,203 at the destination; 1 missing; 3 different",
      "    option validator is missing: {}",
      "    missing   _id 17",
      "    different _id 18: items.3.price is double instead of int",
      expect.stringContaining("a is not at the destination: int"),
    ]);
    expect(text).toContain("… and 1 more document\n");
    expect(text).not.toContain("\u001b");
  });

  it("shows values where there are some", () => {
    const shown = {
      ...DIFFERENT,
      differences: [
        difference({
          kind: "different",
          path: "a",
          sourceType: "int",
          targetType: "int",
          sourceValue: "1",
          targetValue: "2",
        }),
      ],
    };
    expect(renderVerificationText(reportOf(shown), PLAIN)).toContain("a is 2 instead of 1");
  });

  it("tells undecided documents from different ones", () => {
    expect(renderVerificationText(reportOf(EQUAL, UNDECIDED), PLAIN)).toContain(
      "Undecided: 1 document changed at every look.",
    );
    expect(verdictOf([UNDECIDED, EQUAL])).toBe("undecided");
    expect(verdictOf([UNDECIDED, DIFFERENT])).toBe("different");
    expect(verifiedCondition([UNDECIDED], "full")).toMatchObject({ status: "unknown" });
  });
});

describe("verificationToJson", () => {
  it("adds up what was found", () => {
    expect(verificationToJson(reportOf(EQUAL, DIFFERENT))).toMatchObject({
      verdict: "different",
      startedAt: "2026-03-01T10:00:00.000Z",
      totals: { objects: 2, unequalObjects: 1, missingDocuments: 1, differingDocuments: 3 },
      results: [{ target: "store.customers" }, { source: "shop.orders" }],
    });
  });
});

describe("sortDifferences", () => {
  it("puts missing before extra, different and undecided ones, and keeps to the limit", () => {
    const kinds = ["undecided", "different", "extra", "missing"] as const;
    const sorted = sortDifferences(
      kinds.map((kind) => difference({ kind })),
      3,
    );
    expect(sorted.map(({ kind }) => kind)).toEqual(["missing", "extra", "different"]);
  });
});
