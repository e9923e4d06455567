import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, escapeGlob, exactName, isGlob } from "../../src/model/glob.ts";

describe("compileGlob", () => {
  it.each([
    ["orders", "orders", true],
    ["orders", "orders2", false],
    ["Orders", "orders", false],
    ["*", "", true],
    ["cart_*", "cart_", true],
    ["cart_*", "my_cart_1", false],
    ["*_v?", "a_v2", true],
    ["*_v?", "a_v22", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-b-b", false],
    ["?", "😀", true],
    [String.raw`\*`, "*", true],
    [String.raw`\*`, "x", false],
    [String.raw`a\?*`, "a?b", true],
    ["a\\", "a\\", true],
    ["a.*", "abc", false],
    ["[ab]", "a", false],
  ])("%s on %s: %s", (pattern, name, expected) => {
    expect(compileGlob(pattern)(name)).toBe(expected);
  });

  it("agrees with the plain definition", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "\\"), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom("a", "b", "*", "\\"), maxLength: 8 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        expect(compileGlob(pattern)(name)).toBe(matchesByDefinition(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });

  it("matches exactly the escaped name", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: "grapheme" }),
        (name, other) => {
          const matches = compileGlob(escapeGlob(name));
          expect(matches(name)).toBe(true);
          expect(matches(other)).toBe(other === name);
          expect(isGlob(escapeGlob(name))).toBe(false);
          expect(exactName(escapeGlob(name))).toBe(name);
        },
      ),
    );
  });

  it("ends on patterns that make regular expressions explode", () => {
    expect(compileGlob(`${"*a".repeat(120)}*b`)("a".repeat(5000))).toBe(false);
  });
});

describe("isGlob", () => {
  it.each([
    ["orders", false],
    ["a*", true],
    ["a?", true],
    [String.raw`a\*`, false],
    [String.raw`a\\*`, true],
    ["a\\", false],
  ])("%s: %s", (pattern, expected) => {
    expect(isGlob(pattern)).toBe(expected);
    expect(exactName(pattern) === null).toBe(expected);
  });
});

function matchesByDefinition(pattern: string, name: string): boolean {
  const first = pattern[0];
  if (first === undefined) return name === "";
  const rest = pattern.slice(1);
  if (first === "*") {
    return (
      matchesByDefinition(rest, name) ||
      (name !== "" && matchesByDefinition(pattern, name.slice(1)))
    );
  }
  if (first === "?") return name !== "" && matchesByDefinition(rest, name.slice(1));
  const isEscape = first === "\\" && rest !== "";
  const literal = isEscape ? rest[0] : first;
  return name[0] === literal && matchesByDefinition(rest.slice(isEscape ? 1 : 0), name.slice(1));
}
