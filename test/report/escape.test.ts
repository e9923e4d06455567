import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHtml, markdownCode, markdownText } from "../../src/report/escape.ts";

describe("escapeHtml", () => {
  it("leaves nothing that could open a tag, an attribute or an entity", () => {
    expect(escapeHtml(`<img src=x onerror='a("b")'>&amp;`)).toBe(
      "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
      }),
    );
  });

  it("shows what is invisible", () => {
    expect(escapeHtml("a\u202eb\u0000c\nd")).toBe("a\\u202eb\\u0000c\\nd");
  });
});

describe("markdownCode", () => {
  it.each([
    ["shop.orders", "`shop.orders`"],
    ["a`b", "``a`b``"],
    ["``", "``` `` ```"],
    [" a ", "`  a  `"],
    ["a|b", "`a\\|b`"],
    ["a\\|b", "`a\\\\u007cb`"],
    ["<script>@una #1", "`<script>@una #1`"],
    ["a\nb", "`a\\nb`"],
    ["", "*(empty)*"],
  ])("shows %j as %j", (text, expected) => {
    expect(markdownCode(text)).toBe(expected);
  });

  it("never ends its fence early, nor its cell or line, whatever the name", () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const code = markdownCode(text);
        const fence = /^`+/.exec(code)?.[0] ?? "";
        const inside = code.slice(fence.length, -fence.length);
        if (text === "") return;
        expect(code.endsWith(fence)).toBe(true);
        expect(inside.match(/`+/g) ?? []).not.toContain(fence);
        expect(inside).not.toMatch(/^`|`$|\n/);
        expect(cellsOf(code)).toHaveLength(1);
      }),
    );
  });
});

describe("markdownText", () => {
  it.each([
    ["13 passed, 1 warning", "13 passed, 1 warning"],
    ["*bold* _it_ `code`", "\\*bold\\* \\_it\\_ \\`code\\`"],
    ["<b>&amp; [a](b)", "\\<b\\>\\&amp; \\[a\\]\\(b\\)"],
    ["a | b", "a \\| b"],
    ["ask @una, see #12", "ask @\u200buna, see \\#\u200b12"],
    ["https://evil.example www.evil.example", "https:\u200b//evil.example www\u200b.evil.example"],
    ["- item", "\u200b- item"],
    ["1. item", "\u200b1. item"],
    ["# heading", "\\# heading"],
    ["a\nb", "a\\\\nb"],
  ])("shows %j as %j", (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  it("never ends its cell or line, and leaves no mention, link or markup", () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const prose = markdownText(text);
        expect(cellsOf(prose)).toHaveLength(1);
        expect(prose).not.toMatch(/\n|@\w|:\/\/|www\./i);
        expect(prose.replaceAll(/\\[!-/:-@[-`{-~]/g, "")).not.toMatch(/[\\`*_[\]<>|~&$]/);
      }),
    );
  });
});

function hostileText(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom("|", "\\", "`", "``", "@una", "http://x", "www.x", "<b>", "*", "\n", " ", "#1"),
    fc.string({ maxLength: 3 }),
  );
  return fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
}

/** Splits a row as GitHub does: a backslash takes the character after it along. */
function cellsOf(row: string): readonly string[] {
  return row.replaceAll(/\\[!-/:-@[-`{-~]/g, "").split("|");
}
