import { describe, expect, it } from "vitest";
import { isExplained, type NotRestored } from "../../src/cutover/not-restored.ts";
import type { VerificationResult } from "../../src/model/run.ts";

const namespace = (coll: string) => ({ db: "store", coll });
const index = (coll: string, name: string): NotRestored => ({
  target: namespace(coll),
  what: "index",
  name,
  text: "values occur more than once",
});
const unlike = (coll: string, more: Partial<VerificationResult>): VerificationResult => ({
  source: namespace(coll),
  target: namespace(coll),
  sourceDocuments: 5,
  targetDocuments: 5,
  differingDocuments: 0,
  missingDocuments: 0,
  extraDocuments: 0,
  undecidedDocuments: 0,
  examples: [],
  differences: [],
  optionDifferences: [],
  indexDifferences: [],
  isEqual: false,
  ...more,
});
const PLAIN = {
  indexDifferences: ['index n_1: key: {"n": 1} instead of key: {"n": 1}, unique: true'],
};
const GONE = { indexDifferences: ['index n_1 is missing: key: {"n": 1}, unique: true'] };

describe("isExplained", () => {
  it("passes over indexes and options that could not be made as they are at the source", () => {
    expect(isExplained(unlike("orders", PLAIN), [index("orders", "n_1")])).toBe(true);
    expect(isExplained(unlike("orders", GONE), [index("orders", "n_1")])).toBe(true);
    const size = { ...index("ring", "size"), what: "option" } as const;
    const larger = { optionDifferences: ["option size: 8192 instead of 4096"] };
    expect(isExplained(unlike("ring", larger), [size])).toBe(true);
    expect(isExplained(unlike("ring", larger), [index("ring", "size")])).toBe(false);
  });

  it.each([
    ["a collection whose name only begins likewise", index("orders_old", "n_1"), PLAIN],
    ["an index whose name only begins likewise", index("orders", "n_1_m_1"), PLAIN],
    [
      "whatever else differs of the collection",
      index("orders", "n_1"),
      { ...PLAIN, optionDifferences: ["option validator is missing: {}"] },
    ],
    ["documents that differ", index("orders", "n_1"), { ...PLAIN, differingDocuments: 1 }],
    [
      "documents that nobody could decide",
      index("orders", "n_1"),
      { ...PLAIN, undecidedDocuments: 1 },
    ],
    ["counts that differ", index("orders", "n_1"), { ...PLAIN, targetDocuments: 4 }],
    ["a comparison that was not brought to its end", index("orders", "n_1"), {}],
  ])("does not take it for %s", (_what, known, more) => {
    expect(isExplained(unlike("orders", more), [known])).toBe(false);
  });
});
