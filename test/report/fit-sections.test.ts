import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteLength, fitSections, type Section } from "../../src/report/fit-sections.ts";

const SECTIONS: readonly Section[] = [
  { text: "verdict", rank: 0 },
  { text: "x".repeat(50), rank: 2, instead: "(x)" },
  { text: "y".repeat(50), rank: 1 },
  { text: "next", rank: 0 },
];

describe("fitSections", () => {
  it.each([
    [1_000, ["verdict", "x".repeat(50), "y".repeat(50), "next"]],
    [100, ["verdict", "(x)", "y".repeat(50), "next"]],
    [50, ["verdict", "(x)", "next"]],
    [1, ["verdict", "(x)", "next"]],
  ])("keeps what fits into %i bytes, and always the first rank", (most, expected) => {
    expect(fitSections(SECTIONS, most)).toBe(expected.join("\n\n"));
  });

  it("leaves the least important out first, and takes no more room than there is where that is possible", () => {
    const section = fc.record({
      text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
      rank: fc.nat({ max: 4 }),
      instead: fc.constantFrom("", "-"),
    });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 8 }), fc.nat({ max: 200 }), (sections, most) => {
        const text = fitSections(sections, most);
        const smallest = sections
          .map(({ text: whole, rank, instead }) => (rank === 0 ? whole : instead))
          .filter((each) => each !== "")
          .join("\n\n");
        expect(byteLength(text)).toBeLessThanOrEqual(Math.max(most, byteLength(smallest)));
        const fits = sections.map((each) => each.text).join("\n\n");
        if (byteLength(fits) <= most) expect(text).toBe(fits);
      }),
    );
  });
});

describe("byteLength", () => {
  it("counts what is sent, not characters", () => {
    expect([byteLength("a"), byteLength("é"), byteLength("🟢")]).toEqual([1, 2, 4]);
  });
});
